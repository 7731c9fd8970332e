//! The layer around routes that speak the newest version.

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
    middleware::from_fn,
    response::Response,
    routing::get,
};
use garde::Validate;
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Version, version};
use crate::http::{self, render::render};

/// As the slice of keys takes it.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct NewKey {
    #[garde(length(min = 1))]
    name: String,
    #[garde(skip)]
    scopes: Vec<String>,
}

async fn list() -> Json<Value> {
    Json(json!({"data": [
        {"name": "a", "scopes": ["instance:manage"]},
        {"name": "b", "scopes": ["engine:use"]},
    ]}))
}

async fn create(http::Json(new): http::Json<NewKey>) -> (StatusCode, Json<Value>) {
    (
        StatusCode::CREATED,
        Json(json!({"name": new.name, "scopes": new.scopes})),
    )
}

async fn send(request: Request<Body>) -> Response {
    let routes = Router::new()
        .route("/admin/keys", get(list).post(create))
        .route("/other", get(list))
        .layer(from_fn(version))
        .layer(from_fn(render));
    routes.oneshot(request).await.unwrap()
}

async fn ask(path: &str, date: Option<&str>) -> (StatusCode, HeaderMap, Value) {
    let mut request = Request::get(path);
    if let Some(date) = date {
        request = request.header("api-version", date);
    }
    read(send(request.body(Body::empty()).unwrap()).await).await
}

async fn make(date: &str, body: &Value) -> (StatusCode, HeaderMap, Value) {
    let request = Request::post("/admin/keys")
        .header("api-version", date)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    read(send(request).await).await
}

async fn read(response: Response) -> (StatusCode, HeaderMap, Value) {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    (parts.status, parts.headers, body)
}

#[tokio::test]
async fn the_newest_version_answers_whoever_names_none() {
    let (_, headers, body) = ask("/admin/keys", None).await;
    assert_eq!(headers["api-version"], Version::newest().date());
    assert_eq!(body["data"][0]["scopes"][0], "instance:manage");
    assert!(!headers.contains_key("deprecation"));
}

#[tokio::test]
async fn an_unknown_version_is_refused_with_a_list_of_those_that_exist() {
    for date in ["2020-01-01", "", "2026-11-26, 2026-11-23"] {
        let (status, headers, body) = ask("/admin/keys", Some(date)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(headers["api-version"], Version::newest().date());
        assert_eq!(body["code"], "unknown_version");
        let error = &body["errors"][0];
        assert_eq!(
            (&error["in"], &error["field"]),
            (&json!("header"), &json!("Api-Version"))
        );
        for version in Version::all() {
            assert!(error["message"].as_str().unwrap().contains(version.date()));
        }
    }
}

#[tokio::test]
async fn an_old_client_keeps_its_words_and_is_told_that_they_end() {
    let (status, headers, body) = ask("/admin/keys", Some("2026-11-23")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["api-version"], "2026-11-23");
    assert_eq!(
        body,
        json!({"data": [{"name": "a", "role": "admin"}, {"name": "b", "role": "client"}]})
    );
    assert_eq!(headers["deprecation"], "@1795651200");
    assert_eq!(headers["sunset"], "Wed, 26 May 2027 00:00:00 GMT");
    assert_eq!(
        headers[header::LINK],
        "</docs/migrations/2026-11-26>; rel=\"deprecation\"; type=\"text/html\""
    );
    let (_, headers, body) = ask("/other", Some("2026-11-23")).await;
    assert!(!headers.contains_key("deprecation"));
    assert!(body["data"][0]["scopes"].is_array());
}

#[tokio::test]
async fn an_old_request_reaches_the_handler_in_new_words() {
    let old = json!({"name": "a", "admin": true});
    let (status, _, body) = make("2026-11-23", &old).await;
    assert_eq!(
        (status, body),
        (StatusCode::CREATED, json!({"name": "a", "role": "admin"}))
    );
    let (status, _, body) = make("2026-11-26", &old).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["errors"][0]["pointer"], "#/admin");
    let new = json!({"name": "a", "scopes": ["engine:use"]});
    let (status, _, _) = make("2026-11-26", &new).await;
    assert_eq!(status, StatusCode::CREATED);
    let (status, _, body) = make("2026-11-23", &new).await;
    assert_eq!(
        (status, &body["errors"][0]["field"]),
        (StatusCode::BAD_REQUEST, &json!("scopes"))
    );
}

#[tokio::test]
async fn the_guides_are_pages_without_scripts() {
    for (path, status) in [
        ("/docs/migrations", StatusCode::OK),
        ("/docs/migrations/2026-11-26", StatusCode::OK),
        ("/docs/migrations/2020-01-01", StatusCode::NOT_FOUND),
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = super::guides::routes::<()>()
            .oneshot(request)
            .await
            .unwrap();
        assert_eq!(response.status(), status);
        if status == StatusCode::OK {
            let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
            let text = std::str::from_utf8(&body).unwrap();
            assert!(
                text.contains("2026-11-26") && !text.contains("<script"),
                "{text}"
            );
        }
    }
}
