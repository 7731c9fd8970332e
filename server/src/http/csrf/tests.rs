//! What is let through and what is refused, request by request.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::StatusCode,
    middleware::from_fn_with_state,
    routing::any,
};
use tower::ServiceExt;

use super::{CsrfGuard, CsrfTokens, guard, routes};
use crate::{
    config::CsrfSettings,
    http::{Fault, Secure, cookies::SESSION_COOKIE},
    secrets::ServerSecret,
};

const COOKIE: (&str, &str) = ("cookie", "a=b; __Host-locutor_session=token");
const HOST: (&str, &str) = ("host", "locutor.example");

/// Method, headers, and what comes of it.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

fn settings(require_token: bool) -> CsrfSettings {
    CsrfSettings {
        origins: vec!["https://app.example".into()],
        require_token,
        exempt: vec!["/hooks/".into()],
    }
}

fn tokens() -> CsrfTokens {
    CsrfTokens::new(ServerSecret::new(b"of a test"))
}

/// The cause of a refusal, or what the handler said.
async fn reply(settings: &CsrfSettings, request: Request) -> String {
    let guarded = CsrfGuard::new(settings, tokens()).unwrap();
    let (documented, _) = routes::<CsrfTokens>().split_for_parts();
    let routes = Router::new()
        .route("/x", any(|| async { "in" }))
        .route("/hooks/x", any(|| async { "in" }))
        .route("/hooksx", any(|| async { "in" }))
        .merge(documented.with_state(tokens()))
        .layer(from_fn_with_state(guarded, guard));
    let mut response = routes.oneshot(request).await.unwrap();
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        return fault.code.to_owned();
    }
    assert_eq!(response.status(), StatusCode::OK);
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in [COOKIE, HOST].iter().chain(headers) {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn changes_with_a_cookie_must_come_from_here() {
    let cases: &[Case] = &[
        ("GET", &[("sec-fetch-site", "cross-site")], "in"),
        ("POST", &[("sec-fetch-site", "same-origin")], "in"),
        ("POST", &[("sec-fetch-site", "cross-site")], "cross_origin"),
        ("POST", &[("sec-fetch-site", "same-site")], "cross_origin"),
        ("POST", &[], "origin_unknown"),
        ("POST", &[("origin", "")], "origin_unknown"),
        ("DELETE", &[("origin", "https://locutor.example")], "in"),
        (
            "DELETE",
            &[("origin", "https://evil.example")],
            "cross_origin",
        ),
        ("DELETE", &[("origin", "null")], "cross_origin"),
        (
            "PATCH",
            &[
                ("origin", "https://app.example"),
                ("sec-fetch-site", "cross-site"),
            ],
            "in",
        ),
        ("TRACE", &[("sec-fetch-site", "cross-site")], "cross_origin"),
        (
            "POST",
            &[
                ("authorization", "Bearer x"),
                ("sec-fetch-site", "cross-site"),
            ],
            "in",
        ),
        (
            "POST",
            &[
                ("authorization", "Basic eDp5"),
                ("sec-fetch-site", "cross-site"),
            ],
            "cross_origin",
        ),
    ];
    for (method, headers, outcome) in cases {
        let found = reply(&settings(false), request(method, "/x", headers)).await;
        assert_eq!(found, *outcome, "{method} {headers:?}");
    }
}

#[tokio::test]
async fn without_our_cookie_nothing_is_checked() {
    for cookie in ["a=b", "locutor_session=x"] {
        let request = Request::post("/x")
            .header("cookie", cookie)
            .header("sec-fetch-site", "cross-site")
            .body(Body::empty());
        assert_eq!(reply(&settings(true), request.unwrap()).await, "in");
    }
}

#[tokio::test]
async fn sockets_open_only_from_here() {
    let cases = [
        (None, "cross_origin"),
        (Some("https://evil.example"), "cross_origin"),
        (Some("https://locutor.example.evil"), "cross_origin"),
        (Some("null"), "cross_origin"),
        (Some("https://locutor.example"), "in"),
        (Some("http://locutor.example"), "in"),
        (Some("https://app.example"), "in"),
    ];
    for (origin, outcome) in cases {
        let mut headers = vec![("upgrade", "WebSocket"), ("sec-fetch-site", "same-origin")];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let found = reply(&settings(false), request("GET", "/x", &headers)).await;
        assert_eq!(found, outcome, "{origin:?}");
    }
    let headers = [
        ("upgrade", "websocket"),
        ("origin", "http://locutor.example"),
    ];
    let mut plain_page = request("GET", "/x", &headers);
    plain_page.extensions_mut().insert(Secure);
    assert_eq!(reply(&settings(false), plain_page).await, "cross_origin");
}

#[tokio::test]
async fn the_token_belongs_to_its_cookie() {
    let own = ("sec-fetch-site", "same-origin");
    let given = reply(&settings(true), request("GET", "/auth/csrf", &[])).await;
    let given: serde_json::Value = serde_json::from_str(&given).unwrap();
    let given = given["token"].as_str().unwrap();
    let other = tokens().token("another session");
    let cases = [
        ("/x", None, "csrf_token_required"),
        ("/x", Some("rubbish!"), "csrf_token_required"),
        ("/x", Some(other.as_str()), "csrf_token_required"),
        ("/x", Some(given), "in"),
        ("/hooks/x", None, "in"),
        ("/hooksx", None, "csrf_token_required"),
    ];
    for (path, token, outcome) in cases {
        let mut headers = vec![own];
        headers.extend(token.map(|token| ("x-csrf-token", token)));
        let found = reply(&settings(true), request("POST", path, &headers)).await;
        assert_eq!(found, outcome, "{path} {token:?}");
    }
    let bare = Request::get("/auth/csrf").body(Body::empty()).unwrap();
    assert_eq!(reply(&settings(true), bare).await, "no_session_cookie");
    assert!(COOKIE.1.contains(SESSION_COOKIE));
}

#[test]
fn unusable_settings_are_refused() {
    let mut wrong = settings(false);
    wrong.exempt = vec!["hooks".into()];
    assert!(CsrfGuard::new(&wrong, tokens()).is_err());
    wrong = settings(false);
    wrong.origins = vec!["https://app.example/".into()];
    assert!(CsrfGuard::new(&wrong, tokens()).is_err());
}
