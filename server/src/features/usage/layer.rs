//! The layer that counts every request.
//!
//! It lies outside the layer that catches panics and the one that finds the caller, so that it sees what
//! both make of a request; the latter leaves the caller in a [`Slot`]. A reply is counted once its
//! body was sent or its client went away: a stream takes as long as it lasts.

use std::{
    mem::take,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use axum::{
    body::{Body, HttpBody},
    extract::{MatchedPath, Request, State},
    http::{Extensions, StatusCode, Version, header},
    middleware::Next,
    response::Response,
};
use futures::TryStreamExt;
use tower_http::request_id::RequestId;

use super::{UsageService, tally::Observed};
use crate::{
    access::Caller,
    http::{Fault, method_label},
};

/// Status of a request whose client did not wait for the reply; as nginx logs it.
const GIVEN_UP: u16 = 499;

/// Where the layer that finds the caller leaves it.
#[derive(Debug, Clone, Default)]
struct Slot(Arc<OnceLock<Caller>>);

/// Tells the layer who sent the request.
pub fn note_caller(extensions: &Extensions, caller: Caller) {
    if let Some(slot) = extensions.get::<Slot>() {
        slot.0.set(caller).ok();
    }
}

/// The layer.
pub async fn count(
    State(usage): State<UsageService>,
    mut request: Request,
    next: Next,
) -> Response {
    let counting = Counting::begin(usage, &request);
    request.extensions_mut().insert(counting.slot.clone());
    let request = counting.measure(request);
    let response = next.run(request).await;
    counting.finish(response)
}

/// Counts its request when it is dropped, however that comes.
struct Counting {
    usage: UsageService,
    started: Instant,
    slot: Slot,
    bytes_in: Arc<AtomicU64>,
    bytes_out: u64,
    method: &'static str,
    route: String,
    request: String,
    status: u16,
    code: Option<&'static str>,
}

impl Counting {
    fn begin(usage: UsageService, request: &Request) -> Self {
        let extensions = request.extensions();
        // The route's pattern, not the path: paths would make one row per document.
        let route = extensions.get::<MatchedPath>().map(MatchedPath::as_str);
        let id = extensions.get::<RequestId>();
        let id = id.and_then(|id| id.header_value().to_str().ok());
        Self {
            usage,
            started: Instant::now(),
            slot: Slot::default(),
            bytes_in: Arc::default(),
            bytes_out: 0,
            method: method_label(request.method()),
            route: route.unwrap_or("unmatched").to_owned(),
            request: id.unwrap_or_default().chars().take(200).collect(),
            status: GIVEN_UP,
            code: Some("client_closed_request"),
        }
    }

    /// Counts what is really read of the body, not what its sender says about it.
    fn measure(&self, request: Request) -> Request {
        let headers = request.headers();
        let length = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING];
        let stated = length.iter().any(|name| headers.contains_key(name));
        if !stated && request.version() <= Version::HTTP_11 {
            return request;
        }
        let bytes = Arc::clone(&self.bytes_in);
        request.map(|body| {
            Body::from_stream(body.into_data_stream().inspect_ok(move |piece| {
                bytes.fetch_add(piece.len() as u64, Ordering::Relaxed);
            }))
        })
    }

    /// A method, so that a closure which calls it owns all of this, and not a copy of the number.
    fn sent(&mut self, bytes: usize) {
        self.bytes_out += bytes as u64;
    }

    /// A body of known size keeps it; any other is counted while it is sent.
    fn finish(mut self, response: Response) -> Response {
        let status = response.status();
        self.status = status.as_u16();
        self.code = code(&response);
        if let Some(bytes) = response.body().size_hint().exact() {
            self.bytes_out = bytes;
            return response;
        }
        response.map(|body| {
            Body::from_stream(body.into_data_stream().inspect_ok(move |piece| {
                self.sent(piece.len());
            }))
        })
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.usage.count(&Observed {
            at: self.usage.clock.now().as_millisecond(),
            caller: self.slot.0.get().copied(),
            method: self.method,
            route: take(&mut self.route),
            status: self.status,
            code: self.code,
            duration: self.started.elapsed(),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out,
            request: take(&mut self.request),
        });
    }
}

/// The cause of a failed reply, also of one that a library made.
fn code(response: &Response) -> Option<&'static str> {
    let fault = response.extensions().get::<Fault>().map(|fault| fault.code);
    fault.or(match response.status() {
        StatusCode::NOT_FOUND => Some("not_found"),
        StatusCode::METHOD_NOT_ALLOWED => Some("method_not_allowed"),
        _ => None,
    })
}
