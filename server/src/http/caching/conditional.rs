//! Entity tags, conditional replies and `Cache-Control`.

use std::time::SystemTime;

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;

use super::{
    entity_tag::{EntityTag, matches_weakly},
    policy::Policy,
};
use crate::http::{Fault, media_type::is_json, version::Version};

/// Largest reply that gets an entity tag; a stream has no size and gets none.
const MOST_BYTES: u64 = 1 << 20;

/// The layer. It lies inside of the one that finds the version: its tags are those of the newest
/// version's bytes, marked with the version that is asked for.
pub async fn conditional(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let policy = Policy::of(request.uri().path());
    let version = request.extensions().get::<Version>().copied();
    let known = Known::of(request.headers());
    let mut response = next.run(request).await;
    let succeeded = response.status() == StatusCode::OK;
    if reads && succeeded {
        response = tagged(response, version.unwrap_or_else(Version::newest)).await;
    }
    let policy = match policy {
        Policy::Revalidated if !has_validator(&response) => Policy::Nobody,
        policy if reads && succeeded => policy,
        _ => Policy::Nobody,
    };
    restrict(response.headers_mut(), policy);
    if reads && succeeded && known.has(response.headers()) {
        return unchanged(response);
    }
    response
}

/// The header that tells when something last changed, for handlers that know it.
pub fn last_modified(time: Timestamp) -> [(HeaderName, HeaderValue); 1] {
    let date = httpdate::fmt_http_date(SystemTime::from(time));
    // A date is always a header's value.
    let value = HeaderValue::try_from(date).unwrap_or(HeaderValue::from_static(""));
    [(header::LAST_MODIFIED, value)]
}

/// The time in a header, if there is one that can be read.
pub fn http_time(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

/// All values of a list header as one list.
pub fn list(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values = headers.get_all(name).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let list = values.collect::<Vec<_>>().join(",");
    headers.contains_key(name).then_some(list)
}

/// What the client has already.
struct Known {
    tags: Option<String>,
    since: Option<SystemTime>,
}

impl Known {
    fn of(headers: &HeaderMap) -> Self {
        Self {
            tags: list(headers, &header::IF_NONE_MATCH),
            since: http_time(headers, &header::IF_MODIFIED_SINCE),
        }
    }

    /// Tags go before times: a time is only as exact as a second.
    fn has(&self, reply: &HeaderMap) -> bool {
        if let Some(tags) = &self.tags {
            let tag = reply.get(header::ETAG).and_then(|tag| tag.to_str().ok());
            return tag.is_some_and(|tag| matches_weakly(tags, tag));
        }
        match (self.since, http_time(reply, &header::LAST_MODIFIED)) {
            (Some(since), Some(changed)) => changed <= since,
            _ => false,
        }
    }
}

async fn tagged(response: Response, version: Version) -> Response {
    if !is_json(response.headers()) || response.headers().contains_key(header::ETAG) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let (body, whole) = match whole(body).await {
        Ok(found) => found,
        Err(fault) => return fault.into_response(),
    };
    let mut response = Response::from_parts(parts, body);
    if let Some(tag) = whole.and_then(|whole| EntityTag::of_bytes(&whole, version).to_header()) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// Reads a body that is known to be small and gives it back; leaves others alone.
pub async fn whole(body: Body) -> Result<(Body, Option<Bytes>), Fault> {
    match body.size_hint().exact() {
        Some(size) if size <= MOST_BYTES => {
            let bytes = to_bytes(body, usize::MAX).await.map_err(Fault::internal)?;
            Ok((Body::from(bytes.clone()), Some(bytes)))
        }
        _ => Ok((body, None)),
    }
}

fn has_validator(response: &Response) -> bool {
    let headers = response.headers();
    headers.contains_key(header::ETAG) || headers.contains_key(header::LAST_MODIFIED)
}

/// A handler's own word stands.
fn restrict(headers: &mut HeaderMap, policy: Policy) {
    if headers.contains_key(header::CACHE_CONTROL) {
        return;
    }
    headers.insert(header::CACHE_CONTROL, policy.header());
    if policy == Policy::Revalidated {
        let credentials = HeaderValue::from_static("authorization, cookie");
        headers.append(header::VARY, credentials);
    }
}

/// 304 with the head of the reply, less what describes its body.
fn unchanged(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}
