//! Replies that the server keeps, each for the one principal it was made for.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use uuid::Uuid;

use super::{
    conditional::whole,
    invalidation::Invalidation,
    route::{changed, documents_tag, kept},
    stored::{decode, encode, key},
};
use crate::{
    access::Caller,
    http::{Fault, media_type::is_json},
    ports::{SingleFlight, Slot},
};

const HIT: &str = "locutor; hit";
const MISS: &str = "locutor; fwd=miss";

/// Says whether a reply was kept (RFC 9211).
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// Replies that the server keeps; clones share them.
#[derive(Clone)]
pub struct ResponseCache(SingleFlight);

/// The handler's reply is no one to keep.
struct NotKept;

impl ResponseCache {
    /// Keeps replies in this cache.
    pub fn new(cache: SingleFlight) -> Self {
        Self(cache)
    }

    /// Drops the replies that show an organisation's documents, after a change that no request
    /// made, e.g. of the indexer.
    pub async fn documents_changed(&self, organisation: Uuid) {
        self.invalidation(documents_tag(organisation))
            .finish()
            .await;
    }

    /// A write that begins.
    pub(super) fn invalidation(&self, tag: String) -> Invalidation {
        Invalidation::of(tag, Arc::clone(self.0.cache()))
    }

    /// The kept reply, or the handler's: of many that ask at the same time one asks the handler.
    async fn reply(&self, slot: &Slot, request: Request, next: Next) -> Response {
        let mut asked = Some((request, next));
        let mut unkept = None;
        let (takes, leaves) = (&mut asked, &mut unkept);
        let bytes = self
            .0
            .get_or_load(slot, move || {
                let asking = takes.take();
                async move {
                    let Some((request, next)) = asking else {
                        return Err(NotKept);
                    };
                    match to_keep(next.run(request).await).await {
                        Ok(bytes) => Ok(bytes),
                        Err(response) => {
                            *leaves = Some(*response);
                            Err(NotKept)
                        }
                    }
                }
            })
            .await;
        let miss = asked.is_none();
        if let Some(reply) = bytes.ok().as_ref().and_then(decode) {
            let status = if miss { MISS } else { HIT };
            return marked(reply, status);
        }
        match (unkept, asked) {
            (Some(response), _) => marked(response, MISS),
            (None, Some((request, next))) => marked(next.run(request).await, MISS),
            (None, None) => Fault::internal("a kept reply cannot be read").into_response(),
        }
    }
}

/// The bytes to keep of a reply, or the reply when it is none to keep.
async fn to_keep(response: Response) -> Result<Bytes, Box<Response>> {
    if response.status() != StatusCode::OK || !is_json(response.headers()) || forbids(&response) {
        return Err(Box::new(response));
    }
    let (parts, body) = response.into_parts();
    let (body, bytes) = match whole(body).await {
        Ok(found) => found,
        Err(fault) => return Err(Box::new(fault.into_response())),
    };
    // What a handler said about its reply beside its kind would get lost.
    let plain = parts
        .headers
        .iter()
        .all(|(name, _)| [header::CONTENT_TYPE, header::CONTENT_LENGTH].contains(name));
    match (parts.headers.get(header::CONTENT_TYPE), bytes) {
        (Some(kind), Some(bytes)) if plain => Ok(encode(kind, &bytes)),
        _ => Err(Box::new(Response::from_parts(parts, body))),
    }
}

/// The layer; it lies inside of the one that finds the caller, and keeps nothing for others.
pub async fn cache_replies(
    State(replies): State<ResponseCache>,
    request: Request,
    next: Next,
) -> Response {
    let Some(caller) = request.extensions().get::<Caller>().copied() else {
        return next.run(request).await;
    };
    if let Some(shows) = changed(request.method(), request.uri().path()) {
        let invalidation = replies.invalidation(shows.tag(&caller));
        let response = next.run(request).await;
        invalidation.finish().await;
        return response;
    }
    match kept_for(&request, &caller) {
        Some(slot) => replies.reply(&slot, request, next).await,
        None => next.run(request).await,
    }
}

/// Where the reply to this request is kept, if it is.
fn kept_for(request: &Request, caller: &Caller) -> Option<Slot> {
    let pattern = request.extensions().get::<MatchedPath>()?;
    let route = kept(request.method(), pattern.as_str())?;
    if says(request.headers(), "no-cache") || says(request.headers(), "no-store") {
        return None;
    }
    Some(Slot {
        key: key(request.uri(), request.headers(), route.vary, caller),
        lifetime: route.lifetime,
        tags: vec![route.shows.tag(caller)],
    })
}

/// Whether the handler wants its reply kept nowhere, or gave it to one client alone.
fn forbids(response: &Response) -> bool {
    let headers = response.headers();
    headers.contains_key(header::SET_COOKIE) || says(headers, "no-store")
}

fn says(headers: &HeaderMap, directive: &str) -> bool {
    headers
        .get_all(header::CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim().eq_ignore_ascii_case(directive))
}

fn marked(mut response: Response, status: &'static str) -> Response {
    let status = HeaderValue::from_static(status);
    response.headers_mut().insert(CACHE_STATUS, status);
    response
}
