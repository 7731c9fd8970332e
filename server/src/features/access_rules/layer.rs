//! The layer that asks the rules about every request.

use std::net::{IpAddr, Ipv4Addr};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::Gate;
use crate::http::ClientAddress;

/// The layer.
pub async fn admit(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let client = request.extensions().get::<ClientAddress>();
    let address: IpAddr = client.map_or(Ipv4Addr::UNSPECIFIED.into(), |client| client.0);
    match gate.admit(address, request.uri().path()) {
        Ok(()) => next.run(request).await,
        Err(fault) => fault.into_response(),
    }
}
