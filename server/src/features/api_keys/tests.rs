//! The use cases on a real database, and the check of requests.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    routing::get,
};
use tower::ServiceExt;

use super::{KeyService, Role};
use crate::{
    adapters::{FixedClock, SeededRandomness},
    database::testing::{TestDatabase, sqlite},
    http::{Edge, wrap},
};

async fn service() -> (TestDatabase, KeyService) {
    let test = sqlite().await;
    let database = test.database.clone();
    let clock = Arc::new(FixedClock::default());
    let randomness = Arc::new(SeededRandomness::default());
    (test, KeyService::new(database, clock, randomness))
}

#[tokio::test]
async fn a_key_opens_until_it_is_revoked() {
    let (_folder, keys) = service().await;
    assert!(keys.lacks_admin().await.unwrap());
    let created = keys.create("reader".into(), Role::Client).await.unwrap();
    assert!(keys.lacks_admin().await.unwrap());
    let found = keys.authenticate(&created.key).await.unwrap().unwrap();
    assert_eq!((found.id, found.role), (created.details.id, Role::Client));
    let revoked = keys.revoke(found.id).await.unwrap().unwrap();
    assert!(keys.authenticate(&created.key).await.unwrap().is_none());
    let again = keys.revoke(found.id).await.unwrap().unwrap();
    assert_eq!(again.revoked_at, revoked.revoked_at);
}

#[tokio::test]
async fn only_the_whole_key_opens() {
    let (_folder, keys) = service().await;
    let created = keys.create("admin".into(), Role::Admin).await.unwrap();
    let key = created.key;
    let wrong = [
        String::new(),
        key[..key.len() - 1].to_owned(),
        format!("{key}x"),
        key.replacen('_', "-", 1),
        format!("{}_{}", created.details.prefix, "A".repeat(43)),
    ];
    for text in wrong {
        assert!(keys.authenticate(&text).await.unwrap().is_none(), "{text}");
    }
    let stored = format!("{:?}", keys.list().await.unwrap());
    assert!(!stored.contains(&key));
}

async fn reply(
    keys: &KeyService,
    path: &str,
    key: Option<&str>,
) -> (StatusCode, serde_json::Value) {
    let routes = Router::new()
        .route("/v1/open-sesame", get(|| async { "in" }))
        .route("/documents", get(|| async { "in" }))
        .route("/health/live", get(|| async { "in" }));
    let mut request = Request::get(path);
    if let Some(key) = key {
        request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    }
    let request = request.body(Body::empty()).unwrap();
    let response = wrap(routes, keys.clone(), &Edge::plain())
        .oneshot(request)
        .await
        .unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn refusals_speak_the_language_of_the_route() {
    let (_folder, keys) = service().await;
    let key = keys
        .create("reader".into(), Role::Client)
        .await
        .unwrap()
        .key;
    let (status, openai) = reply(&keys, "/v1/open-sesame", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    insta::assert_json_snapshot!("refused_openai", openai);
    let (status, problem) = reply(&keys, "/documents", Some("loc_wrong")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    insta::assert_json_snapshot!("refused_problem", problem);
    assert_eq!(reply(&keys, "/health/live", None).await.0, StatusCode::OK);
    assert_eq!(
        reply(&keys, "/v1/open-sesame", Some(&key)).await.0,
        StatusCode::OK
    );
    let (status, missing) = reply(&keys, "/nowhere", Some(&key)).await;
    assert_eq!(
        (status, &missing["code"]),
        (StatusCode::NOT_FOUND, &"not_found".into())
    );
}
