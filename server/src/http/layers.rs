//! The layers around every request, outermost first: request id, trace, unread bodies,
//! measurements, error rendering, panics, version, caching by clients, access, pauses in bodies.

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, header::AUTHORIZATION},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    sensitive_headers::SetSensitiveRequestHeadersLayer,
    timeout::RequestBodyTimeoutLayer,
    trace::{DefaultOnResponse, TraceLayer},
};
use tracing::{Level, Span, field::Empty, info_span};

use super::{
    AccessState, Fault, OpenRoutes, RateLimiting, access::authenticate, caching::conditional, measure::measure, rate_limit::limit_rate, render::render,
    unread::read_rest, version::version,
};
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest that a client may pause while it sends a body.
const SILENCE: Duration = Duration::from_mins(1);

/// Puts the layers around the routes. A layer that is added later lies further out.
pub fn wrap(
    routes: Router,
    access: AccessState,
    open: OpenRoutes,
    limiting: RateLimiting,
) -> Router {
    let access = (access, Arc::new(open));
    routes
        .layer(RequestBodyTimeoutLayer::new(SILENCE))
        .layer(from_fn_with_state(limiting, limit_rate))
        .layer(from_fn_with_state(access, authenticate))
        .layer(from_fn(conditional))
        .layer(from_fn(version))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(render))
        .layer(from_fn(measure))
        .layer(from_fn(read_rest))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(SetSensitiveRequestHeadersLayer::new([AUTHORIZATION]))
}

/// The path without its query, which may hold what people wrote; never a header.
fn span(request: &Request) -> Span {
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or_default();
    info_span!("request", id, method = %request.method(), path = request.uri().path(), actor = Empty)
}

#[expect(clippy::needless_pass_by_value, reason = "the layer's interface")]
/// The panic's text goes to the log: it may quote the request.
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("panic without a text");
    Fault::internal(text).into_response()
}
