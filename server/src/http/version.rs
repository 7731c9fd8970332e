//! The interface's version: a date in the header `Api-Version`. A request may name the version it
//! was written for; every reply says which one answered.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::Fault;

const HEADER: HeaderName = HeaderName::from_static("api-version");
const CURRENT: &str = "2026-11-23";

/// The layer.
pub async fn version(request: Request, next: Next) -> Response {
    let asked = request.headers().get(HEADER).map(HeaderValue::as_bytes);
    let mut response = match asked {
        Some(date) if date != CURRENT.as_bytes() => unknown().into_response(),
        _ => next.run(request).await,
    };
    response
        .headers_mut()
        .insert(HEADER, HeaderValue::from_static(CURRENT));
    response
}

fn unknown() -> Fault {
    let message = format!("this server speaks only version {CURRENT} of its interface");
    let mut fault = Fault::invalid("Api-Version", message);
    fault.status = StatusCode::BAD_REQUEST;
    fault.code = "unknown_version";
    fault
}
