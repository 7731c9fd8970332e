//! The layer that asks the rules about every request.

use std::net::{IpAddr, Ipv4Addr};

use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use metrics::counter;

use super::{Gate, Mode};
use crate::http::{ClientAddress, Fault};

/// The layer.
pub async fn admit(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let client = request.extensions().get::<ClientAddress>();
    let address: IpAddr = client.map_or(Ipv4Addr::UNSPECIFIED.into(), |client| client.0);
    let set = gate.current();
    let Some(refusal) = gate.refusal(&set, address, request.uri().path()) else {
        return next.run(request).await;
    };
    let group = refusal.group().name();
    counter!("locutor_access_refused_total", "group" => group, "mode" => set.mode.name())
        .increment(1);
    match set.mode {
        Mode::DryRun => {
            tracing::info!(%address, ?refusal, "the access rules would refuse this request");
            next.run(request).await
        }
        Mode::Enforce => {
            tracing::debug!(%address, ?refusal, "the access rules refuse this request");
            refused().into_response()
        }
    }
}

/// It does not say which rule, to tell nobody how to get around it.
fn refused() -> Fault {
    let message =
        "requests from this address are not accepted here; ask the server's administrator";
    Fault::new(StatusCode::FORBIDDEN, "address_refused", message)
}
