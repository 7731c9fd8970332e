//! Where a request says it comes from.

use std::collections::HashSet;

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Uri,
        header::{AUTHORIZATION, HOST, ORIGIN, UPGRADE},
        uri::Authority,
    },
};

use crate::http::{
    Secure,
    cookies::{REFRESH_COOKIE, SESSION_COOKIE, read_cookie},
};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The cookie by which a browser would be known, the access token's before the refresh token's; none
/// when a bearer token tells who calls.
pub fn session_cookie(headers: &HeaderMap) -> Option<String> {
    if has_bearer(headers) {
        return None;
    }
    read_cookie(headers, SESSION_COOKIE).or_else(|| read_cookie(headers, REFRESH_COOKIE))
}

/// Whether the method changes nothing.
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether the request says nothing about where it comes from.
pub fn is_silent(headers: &HeaderMap) -> bool {
    let empty = |name| headers.get(name).is_none_or(HeaderValue::is_empty);
    empty(FETCH_SITE) && empty(ORIGIN)
}

/// Whether it wants to become a WebSocket, over HTTP/1 or by HTTP/2's extended CONNECT.
pub fn is_upgrade(request: &Request) -> bool {
    let upgrade = request.headers().get(UPGRADE);
    let wanted = upgrade.and_then(|value| value.to_str().ok());
    let websocket = wanted.is_some_and(|wanted| {
        let mut protocols = wanted.split(',');
        protocols.any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
    });
    websocket || request.method() == Method::CONNECT
}

/// Whether its `Origin` is our own or one of these.
pub fn comes_from(request: &Request, trusted: &HashSet<String>) -> bool {
    let origin = request.headers().get(ORIGIN);
    let Some(origin) = origin.and_then(|origin| origin.to_str().ok()) else {
        return false;
    };
    trusted.contains(origin) || is_own(request, origin)
}

fn is_own(request: &Request, origin: &str) -> bool {
    let Ok(origin) = origin.parse::<Uri>() else {
        return false;
    };
    let host = request.headers().get(HOST);
    let host = host.and_then(|host| host.to_str().ok());
    let authority = request.uri().authority().map(Authority::as_str);
    let secure = request.extensions().get::<Secure>().is_some();
    let scheme = match origin.scheme_str() {
        Some("https") => true,
        // A page that came unprotected may be anybody's.
        Some("http") => !secure,
        _ => false,
    };
    let own = authority.or(host);
    scheme && own.is_some() && origin.authority().map(Authority::as_str) == own
}

fn has_bearer(headers: &HeaderMap) -> bool {
    let value = headers.get(AUTHORIZATION);
    let scheme = value.and_then(|value| value.as_bytes().split(|byte| *byte == b' ').next());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
}
