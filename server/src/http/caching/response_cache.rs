//! Replies that the server keeps, each for the one principal it was made for.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    conditional::{is_json, whole},
    invalidation::{Generations, Invalidation},
    route::{CachedRoute, changed, kept},
    stored::{decode, encode, key},
};
use crate::{
    access::Caller,
    ports::{Cache, Stamp},
};

/// Says whether a reply was kept (RFC 9211).
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// Replies that the server keeps; clones share them.
#[derive(Clone)]
pub struct ResponseCache {
    cache: Arc<dyn Cache>,
    pub(super) generations: Arc<Generations>,
}

impl ResponseCache {
    /// Keeps replies in this cache.
    pub fn new(cache: Arc<dyn Cache>) -> Self {
        Self {
            cache,
            generations: Arc::default(),
        }
    }

    /// Drops the replies that show this, after a change that no request made, e.g. of the indexer.
    /// A tag is `models`, or `documents:` and the organisation's id.
    pub async fn invalidate(&self, tag: String) {
        self.invalidation(tag).finish().await;
    }

    /// A write that begins.
    pub(super) fn invalidation(&self, tag: String) -> Invalidation {
        Invalidation::of(tag, self.cache.clone(), self.generations.clone())
    }

    async fn keep(&self, kept: &Kept, stamp: &Stamp, response: Response) -> Response {
        if response.status() != StatusCode::OK || !is_json(&response) || forbids(&response) {
            return response;
        }
        let (parts, body) = response.into_parts();
        let (body, bytes) = match whole(body).await {
            Ok(found) => found,
            Err(fault) => return fault.into_response(),
        };
        let kind = parts.headers.get(header::CONTENT_TYPE);
        if let (Some(kind), Some(bytes)) = (kind, bytes) {
            let value = encode(kind, &bytes);
            self.cache
                .put(&kept.key, value, kept.route.lifetime, stamp)
                .await;
        }
        Response::from_parts(parts, body)
    }
}

/// Where a request's reply is kept.
struct Kept {
    route: &'static CachedRoute,
    key: String,
    tag: String,
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
    let Some(kept) = kept_for(&request, &caller) else {
        return next.run(request).await;
    };
    if let Some(reply) = replies.cache.get(&kept.key).await.as_ref().and_then(decode) {
        return marked(reply, "locutor; hit");
    }
    let stamp = replies.cache.stamp(std::slice::from_ref(&kept.tag)).await;
    let generation = replies.generations.of(&kept.tag);
    let response = next.run(request).await;
    let response = if replies.generations.of(&kept.tag) == generation {
        replies.keep(&kept, &stamp, response).await
    } else {
        response
    };
    // A write may have ended while the reply was being put away.
    if replies.generations.of(&kept.tag) != generation {
        replies.cache.invalidate(&kept.tag).await;
    }
    marked(response, "locutor; fwd=miss")
}

fn kept_for(request: &Request, caller: &Caller) -> Option<Kept> {
    let pattern = request.extensions().get::<MatchedPath>()?;
    let route = kept(request.method(), pattern.as_str())?;
    if says(request.headers(), "no-cache") || says(request.headers(), "no-store") {
        return None;
    }
    Some(Kept {
        route,
        key: key(request.uri(), request.headers(), route.vary, caller),
        tag: route.shows.tag(caller),
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
