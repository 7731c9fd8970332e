//! Ids that clients give to their requests, as far as they can stand in a log.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};

/// Names a request in its reply, the log and the audit log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Most characters of an id.
const MOST: usize = 64;

/// The layer: takes away an id that is none, so that the request gets a new one.
pub async fn check_id(request: Request, next: Next) -> Response {
    next.run(drop_unusable_id(request)).await
}

fn drop_unusable_id(mut request: Request) -> Request {
    let mut ids = request.headers().get_all(REQUEST_ID).iter();
    let usable = ids.next().is_some_and(is_usable) && ids.next().is_none();
    if !usable {
        request.headers_mut().remove(REQUEST_ID);
    }
    request
}

fn is_usable(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
    !bytes.is_empty() && bytes.len() <= MOST && bytes.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn kept(ids: &[&str]) -> bool {
        let mut request = Request::new(Body::empty());
        for id in ids {
            let value = HeaderValue::from_str(id).unwrap();
            request.headers_mut().append(REQUEST_ID, value);
        }
        drop_unusable_id(request).headers().contains_key(REQUEST_ID)
    }

    #[test]
    fn only_plain_short_ids_are_kept() {
        assert!(kept(&["4bf92f35-77b3.4da6_a3ce:1"]));
        assert!(kept(&[&"a".repeat(64)]));
        for ids in [&[""][..], &["a b"], &["a\tlevel=error"], &["a", "b"], &[]] {
            assert!(!kept(ids), "{ids:?}");
        }
        assert!(!kept(&[&"a".repeat(65)]));
    }
}
