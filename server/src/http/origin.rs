//! Where a request came from: for limits, the audit log and lists of sessions.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header::USER_AGENT, request::Parts},
};
use tower_http::request_id::RequestId;

/// Most characters that are kept of a `User-Agent`.
const MOST_AGENT: usize = 200;

/// The client's address, as far as trusted proxies tell it; a layer leaves it for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Where a request came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The client's address.
    pub address: IpAddr,
    /// What the client says it is; cut, and without control characters.
    pub agent: String,
    /// The request's id, as in its reply and in the log.
    pub request: String,
}

impl Origin {
    /// The command line on the server's own machine.
    pub fn command_line() -> Self {
        Self {
            address: Ipv4Addr::LOCALHOST.into(),
            agent: "command line".to_owned(),
            request: String::new(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let address = parts.extensions.get::<ClientAddress>();
        let request = parts.extensions.get::<RequestId>();
        let request = request.and_then(|id| id.header_value().to_str().ok());
        Ok(Self {
            address: address.map_or(Ipv4Addr::UNSPECIFIED.into(), |address| address.0),
            agent: agent(&parts.headers),
            request: request.unwrap_or_default().to_owned(),
        })
    }
}

fn agent(headers: &HeaderMap) -> String {
    let value = headers.get(USER_AGENT).map(HeaderValue::as_bytes);
    String::from_utf8_lossy(value.unwrap_or_default())
        .chars()
        .filter(|character| !character.is_control())
        .take(MOST_AGENT)
        .collect()
}
