//! A request's span, as OpenTelemetry's conventions for HTTP servers have it.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::{
    extract::{MatchedPath, Request},
    http::StatusCode,
};
use opentelemetry::{global, trace::Status};
use opentelemetry_http::HeaderExtractor;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::http::method_label;

static IS_ON: AtomicBool = AtomicBool::new(false);
static FOLLOWS_SENDERS: AtomicBool = AtomicBool::new(false);

/// Most bytes of a path that are told; whoever asks chooses it.
const PATH: usize = 256;

pub fn switch_on(follow_senders: bool) {
    FOLLOWS_SENDERS.store(follow_senders, Ordering::Relaxed);
    IS_ON.store(true, Ordering::Relaxed);
}

fn is_on() -> bool {
    IS_ON.load(Ordering::Relaxed)
}

/// Names the span and goes on with the sender's trace where that is set; before it is entered, and with
/// the fields `otel.name` and `otel.kind` left open.
pub fn begin(span: &Span, request: &Request) {
    if !is_on() {
        return;
    }
    let method = method_label(request.method());
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map(MatchedPath::as_str);
    let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
    if FOLLOWS_SENDERS.load(Ordering::Relaxed) {
        let sender = global::get_text_map_propagator(|propagator| {
            propagator.extract(&HeaderExtractor(request.headers()))
        });
        // It fails for a span that is not recorded, which needs no parent.
        span.set_parent(sender).ok();
    }
    span.record("otel.name", name);
    span.record("otel.kind", "server");
    span.set_attribute("http.request.method", method);
    let path = request.uri().path();
    let path = &path[..path.floor_char_boundary(PATH)];
    span.set_attribute("url.path", path.to_owned());
    if let Some(route) = route {
        span.set_attribute("http.route", route.to_owned());
    }
}

/// Notes how the request ended.
pub fn end(span: &Span, status: StatusCode) {
    if !is_on() {
        return;
    }
    span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
}
