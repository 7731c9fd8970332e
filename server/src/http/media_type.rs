//! What a body is.

use axum::http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};

/// Whether `Content-Type` says JSON, as such or as the syntax of something (RFC 6839).
pub fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let essence = kind.and_then(|kind| kind.split(|byte| *byte == b';').next());
    essence.is_some_and(|essence| {
        let essence = essence.trim_ascii().to_ascii_lowercase();
        essence == b"application/json" || essence.ends_with(b"+json")
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn json_has_parameters_capitals_and_relatives() {
        let is = |kind: &'static str| {
            is_json(&HeaderMap::from_iter([(
                CONTENT_TYPE,
                HeaderValue::from_static(kind),
            )]))
        };
        assert!(is("application/json") && is("Application/JSON ; charset=utf-8"));
        assert!(is("application/problem+json"));
        assert!(!is("application/jsonl") && !is("text/plain; x=application/json"));
        assert!(!is_json(&HeaderMap::new()));
    }
}
