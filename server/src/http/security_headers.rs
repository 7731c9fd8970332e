//! Headers that tell browsers what they may not do with a reply.
//!
//! Every reply passes here last. Pages that run scripts leave their [`Nonce`] in the reply, and only
//! scripts that carry it run; everything else may load and run nothing at all.

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
            STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

use crate::{http::media_type::is_json, ports::Randomness};

/// For what is no page: an API's reply that a browser is made to show does nothing.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// For pages without scripts.
const PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);

/// Set on every reply.
const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), \
             fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), \
             payment=(), picture-in-picture=(), publickey-credentials-get=(), \
             screen-wake-lock=(), usb=(), xr-spatial-tracking=()",
        ),
    ),
];

/// Two years, as browsers' lists of such sites ask for.
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// Marks a request that came over our own TLS.
#[derive(Debug, Clone, Copy)]
pub struct Secure;

/// What the scripts of one page carry, fresh in each reply. A handler leaves it in the reply's
/// extensions.
#[derive(Debug, Clone)]
pub struct Nonce(String);

impl Nonce {
    /// A new one.
    pub fn new(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; 16];
        randomness.fill(&mut bytes);
        Self(STANDARD_NO_PAD.encode(bytes))
    }

    /// For the attribute `nonce`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn policy(&self) -> Option<HeaderValue> {
        let nonce = &self.0;
        let text = format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; \
             img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; \
             frame-ancestors 'none'"
        );
        HeaderValue::try_from(text).ok()
    }
}

/// The layer.
pub async fn security_headers(request: Request, next: Next) -> Response {
    let secure = request.extensions().get::<Secure>().is_some();
    let mut response = next.run(request).await;
    let nonce = response.extensions().get::<Nonce>().and_then(Nonce::policy);
    let headers = response.headers_mut();
    headers.extend(ALWAYS);
    if secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, ONLY_TLS);
    }
    let kind = Kind::of(headers);
    let policy = match kind {
        Kind::Page => nonce.unwrap_or(PAGE),
        Kind::Json | Kind::Other => NOTHING,
    };
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(policy);
    if kind == Kind::Json {
        headers
            .entry(CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// What a reply is, as far as these headers go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Page,
    Json,
    Other,
}

impl Kind {
    fn of(headers: &HeaderMap) -> Self {
        let full = headers
            .get(CONTENT_TYPE)
            .map_or(&b""[..], HeaderValue::as_bytes);
        let kind = full.split(|byte| *byte == b';').next().unwrap_or_default();
        match kind.trim_ascii() {
            b"text/html" | b"application/xhtml+xml" | b"image/svg+xml" => Self::Page,
            _ if is_json(headers) => Self::Json,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::{Extension, Router, body::Body, middleware::from_fn, response::Html, routing::get};
    use tower::ServiceExt;

    use super::*;
    use crate::adapters::SystemRandomness;

    async fn reply(path: &str, secure: bool) -> HeaderMap {
        let page = || async {
            let nonce = Nonce::new(&SystemRandomness);
            (Extension(nonce), Html(""))
        };
        let mut routes = Router::new()
            .route("/json", get(|| async { axum::Json(1) }))
            .route(
                "/cached",
                get(|| async { ([(CACHE_CONTROL, "private")], axum::Json(1)) }),
            )
            .route("/text", get(|| async { "text" }))
            .route("/plain", get(|| async { Html("") }))
            .route("/page", get(page))
            .layer(from_fn(security_headers));
        if secure {
            routes = routes.layer(Extension(Secure));
        }
        let request = Request::get(path).body(Body::empty()).unwrap();
        routes.oneshot(request).await.unwrap().headers().clone()
    }

    #[tokio::test]
    async fn every_reply_is_bound() {
        for path in ["/json", "/text", "/plain", "/page", "/nowhere"] {
            let headers = reply(path, false).await;
            for (name, value) in ALWAYS {
                assert_eq!(headers[&name], value, "{path}");
            }
            let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
            assert!(
                policy.contains("frame-ancestors 'none'"),
                "{path}: {policy}"
            );
            assert!(!policy.contains("unsafe"), "{path}: {policy}");
            assert_eq!(policy.contains("script-src"), path == "/page", "{path}");
            assert!(!headers.contains_key(STRICT_TRANSPORT_SECURITY));
        }
        assert!(
            reply("/text", true)
                .await
                .contains_key(STRICT_TRANSPORT_SECURITY)
        );
    }

    #[tokio::test]
    async fn each_page_has_a_nonce_of_its_own() {
        let (one, two) = (reply("/page", false).await, reply("/page", false).await);
        assert_ne!(one[CONTENT_SECURITY_POLICY], two[CONTENT_SECURITY_POLICY]);
    }

    #[tokio::test]
    async fn json_is_not_stored_unless_it_says_so() {
        assert_eq!(reply("/json", false).await[CACHE_CONTROL], "no-store");
        assert_eq!(reply("/cached", false).await[CACHE_CONTROL], "private");
        assert!(!reply("/text", false).await.contains_key(CACHE_CONTROL));
    }
}
