//! The layers around every request, outermost first: request id, trace, security headers, the
//! client's address, unread bodies, measurements, other origins, error rendering, panics, address
//! rules, protection of cookies, version, caching by clients, access, rates, pauses in bodies,
//! their pace.

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::header::{AUTHORIZATION, COOKIE, SEC_WEBSOCKET_PROTOCOL, SET_COOKIE},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    sensitive_headers::{SetSensitiveRequestHeadersLayer, SetSensitiveResponseHeadersLayer},
    timeout::RequestBodyTimeoutLayer,
    trace::{DefaultOnResponse, OnResponse, TraceLayer},
};
use tracing::{Level, Span, field::Empty, info_span};

use super::{
    Edge, Fault,
    access::{AccessState, OpenRoutes, authenticate},
    caching::{ResponseCache, cache_replies, conditional},
    client_address::client_address,
    csrf::guard,
    measure::measure,
    pace::keep_pace,
    rate_limit::{RateLimiting, limit_rate},
    render::render,
    request_id::{REQUEST_ID, check_id},
    security_headers::security_headers,
    share::Share,
    unread::read_rest,
    version::version,
};
use crate::{
    features::{
        access_rules::admit,
        usage::{UsageService, count},
    },
    telemetry,
};

/// Longest that a client may pause while it sends a body.
const SILENCE: Duration = Duration::from_mins(1);

/// What the layers work with that are closest to the routes.
pub struct Inner {
    /// Finds callers.
    pub access: AccessState,
    /// Operations that need no credential.
    pub open: OpenRoutes,
    /// How often requests may come.
    pub limiting: RateLimiting,
    /// Replies that are kept.
    pub replies: ResponseCache,
    /// Who used what.
    pub usage: UsageService,
}

/// Puts the layers around the routes. A layer that is added later lies further out; each shares
/// what lies inside of it, see [`Share`].
pub fn wrap(routes: Router, inner: Inner, edge: &Edge) -> Router {
    let access = Arc::new((inner.access, inner.open));
    let routes = routes
        .layer((from_fn(keep_pace), Share))
        .layer((RequestBodyTimeoutLayer::new(SILENCE), Share))
        .layer((from_fn_with_state(inner.replies, cache_replies), Share))
        .layer((from_fn_with_state(inner.limiting, limit_rate), Share))
        .layer((from_fn_with_state(access, authenticate), Share))
        .layer((from_fn(conditional), Share))
        .layer((from_fn(version), Share))
        .layer((from_fn_with_state(edge.csrf.clone(), guard), Share))
        .layer((from_fn_with_state(edge.gate.clone(), admit), Share))
        .layer((CatchPanicLayer::custom(panicked), Share))
        .layer((from_fn_with_state(inner.usage, count), Share))
        .layer((from_fn(render), Share));
    // Outside the rendering, so that pages of allowed origins can read errors too.
    let routes = match &edge.cors {
        Some(cors) => routes.layer((cors.as_ref().clone(), Share)),
        None => routes,
    };
    let trace = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_response(responded);
    let secret = [AUTHORIZATION, COOKIE, SEC_WEBSOCKET_PROTOCOL];
    routes
        .layer((from_fn(measure), Share))
        .layer((from_fn(read_rest), Share))
        .layer((
            from_fn_with_state(edge.proxies.clone(), client_address),
            Share,
        ))
        .layer((from_fn(security_headers), Share))
        .layer((trace, Share))
        .layer((PropagateRequestIdLayer::new(REQUEST_ID), Share))
        .layer((SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid), Share))
        .layer((from_fn(check_id), Share))
        .layer((SetSensitiveRequestHeadersLayer::new(secret), Share))
        .layer((SetSensitiveResponseHeadersLayer::new([SET_COOKIE]), Share))
}

/// The path without its query, which may hold what people wrote; never a header.
fn span(request: &Request) -> Span {
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or_default();
    let span = info_span!(
        "request", id, method = %request.method(), path = shown(request.uri().path()), actor = Empty,
        otel.name = Empty, otel.kind = Empty
    );
    telemetry::begin(&span, request);
    span
}

/// As much of a path as a log needs; whoever asks chooses it.
fn shown(path: &str) -> &str {
    const MOST: usize = 1024;
    &path[..path.floor_char_boundary(MOST)]
}

fn responded(response: &Response, latency: Duration, span: &Span) {
    telemetry::end(span, response.status());
    let log = DefaultOnResponse::new().level(Level::INFO);
    log.on_response(response, latency, span);
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
