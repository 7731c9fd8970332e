//! The page's scripts carry its nonce, and a real browser shows it without a violation.

use std::{path::Path as File, process::Stdio, time::Duration};

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, header::CONTENT_SECURITY_POLICY},
    middleware::from_fn,
};
use tokio::{net::TcpListener, process::Command, time::timeout};
use tower::ServiceExt;
use utoipa::OpenApi;

use super::*;
use crate::{adapters::SystemRandomness, http::security_headers::security_headers};

/// Does nothing.
#[utoipa::path(get, path = "/mill/grind", responses((status = 200)))]
#[expect(dead_code, reason = "only its documentation is used")]
fn grind() {}

#[derive(OpenApi)]
#[openapi(info(title = "Mill"), paths(grind))]
struct Document;

fn routes() -> Router {
    let docs = docs(&Document::openapi(), Arc::new(SystemRandomness)).unwrap();
    docs.layer(from_fn(security_headers))
}

async fn reply(path: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = routes().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 1 << 24).await.unwrap();
    let text = String::from_utf8_lossy(&body).into_owned();
    (parts.status, parts.headers, text)
}

#[tokio::test]
async fn scripts_carry_the_nonce_of_their_reply() {
    let (status, headers, page) = reply("/docs/").await;
    assert_eq!(status, StatusCode::OK);
    let (_, rest) = page.split_once("nonce=\"").unwrap();
    let (nonce, _) = rest.split_once('"').unwrap();
    let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        policy.contains(&format!("script-src 'nonce-{nonce}'")),
        "{policy}"
    );
    assert_eq!(page.matches("<script").count(), page.matches(nonce).count());
}

#[tokio::test]
async fn everything_the_page_loads_is_there() {
    let (_, _, page) = reply("/docs/").await;
    let links = page.split('"').filter(|part| part.starts_with("/docs/"));
    assert_eq!(links.clone().count(), 6);
    for path in links {
        assert_eq!(reply(path).await.0, StatusCode::OK, "{path}");
    }
    let (_, _, start) = reply("/docs/swagger-initializer.js").await;
    assert!(start.contains("/openapi.json"), "{start}");
    assert!(reply("/openapi.json").await.2.contains("/mill/grind"));
    for missing in ["/docs/oauth2-redirect.html", "/docs/nothing.js"] {
        assert_eq!(reply(missing).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_browser_shows_the_page_without_a_violation() {
    let browser = "/usr/bin/chromium";
    if !File::new(browser).exists() {
        eprintln!(
            "NOT TESTED IN A BROWSER: there is no {browser}; install Debian's package chromium"
        );
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/docs/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, routes()).await });
    let profile = tempfile::tempdir().unwrap();
    let run = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args([
            "--enable-logging=stderr",
            "--virtual-time-budget=20000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(url)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(Duration::from_mins(2), run).await.unwrap().unwrap();
    server.abort();
    let shown = String::from_utf8_lossy(&output.stdout);
    let log = String::from_utf8_lossy(&output.stderr);
    // The path is in the page only once the scripts ran and read the document.
    assert!(
        shown.contains("data-path=\"/mill/grind\""),
        "{shown}\n{log}"
    );
    for complaint in ["Content Security Policy", "Permissions-Policy"] {
        assert!(!log.contains(complaint), "{log}");
    }
}
