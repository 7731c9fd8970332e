//! Kept replies: the key they are kept under, and their bytes.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header},
    response::Response,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::{BufMut, Bytes, BytesMut};
use sha2::{Digest, Sha256};

use crate::access::Caller;

/// The key of the reply to a GET. Who asks belongs to it, and so does what the caller may do: a caller
/// that loses a scope must not get what was made before.
pub fn key(uri: &Uri, headers: &HeaderMap, vary: &[HeaderName], caller: &Caller) -> String {
    let mut digest = Sha256::new();
    // Each part with its length, so that no two lists of parts look the same.
    let mut add = |part: &[u8]| {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    };
    add(uri.path().as_bytes());
    add(normalised(uri.query().unwrap_or_default()).as_bytes());
    add(caller.actor.kind().as_bytes());
    add(caller.actor.id().as_bytes());
    add(caller.organisation.as_bytes());
    add(caller.scopes.to_text().as_bytes());
    for name in vary {
        add(name.as_str().as_bytes());
        for value in headers.get_all(name) {
            add(value.as_bytes());
        }
    }
    format!("reply:{}", URL_SAFE_NO_PAD.encode(digest.finalize()))
}

/// The parameters by name; those of one name keep their order, which may matter.
fn normalised(query: &str) -> String {
    let mut pairs = form_urlencoded::parse(query.as_bytes()).collect::<Vec<_>>();
    pairs.sort_by(|one, other| one.0.cmp(&other.0));
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// A reply as bytes: its kind, a line feed, which no header has, and its body.
pub fn encode(kind: &HeaderValue, body: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(kind.len() + 1 + body.len());
    bytes.put_slice(kind.as_bytes());
    bytes.put_u8(b'\n');
    bytes.put_slice(body);
    bytes.freeze()
}

/// The reply again; `None` for what no [`encode`] made.
pub fn decode(bytes: &Bytes) -> Option<Response> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let kind = HeaderValue::from_maybe_shared(bytes.slice(..end)).ok()?;
    let mut response = Response::new(Body::from(bytes.slice(end + 1..)));
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_parameters_makes_no_difference() {
        assert_eq!(normalised("b=2&a=1"), normalised("a=1&b=2"));
        assert_eq!(normalised("a=%41"), normalised("a=A"));
        assert_ne!(normalised("a=1&a=2"), normalised("a=2&a=1"));
        assert_ne!(normalised("a=1%26b=2"), normalised("a=1&b=2"));
    }

    #[test]
    fn what_cannot_be_read_is_no_reply() {
        assert!(decode(&Bytes::from_static(b"no line feed")).is_none());
        assert!(decode(&Bytes::from_static(b"a\0b\n{}")).is_none());
    }
}
