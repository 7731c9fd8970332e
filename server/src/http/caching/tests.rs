//! The layers around small routes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Extension, Json, Router,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, Request, StatusCode, header},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use super::{Precondition, ResponseCache, cache_replies, conditional, last_modified};
use crate::{
    access::{Actor, Caller, Role, Scope, ScopeSet},
    adapters::{MokaCache, SeededRandomness},
    http::{Fault, render::render, version::version},
    ports::{Cache, SingleFlight},
};

fn memory() -> Arc<MokaCache> {
    Arc::new(MokaCache::new(
        1 << 20,
        Arc::new(SeededRandomness::default()),
    ))
}

/// Counts how often its handlers ran.
type Runs = Arc<AtomicU64>;

async fn list(State(runs): State<Runs>, Extension(caller): Extension<Caller>) -> Json<Value> {
    let run = runs.fetch_add(1, Ordering::SeqCst);
    Json(json!({"run": run, "actor": caller.actor.id(), "organisation": caller.organisation}))
}

async fn change() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn single(precondition: Precondition) -> Result<Response, Fault> {
    let (value, changed) = (
        json!({"name": "a"}),
        Timestamp::from_second(1_000_000).unwrap(),
    );
    precondition.check(Some((&value, changed)))?;
    Ok((last_modified(changed), Json(value)).into_response())
}

/// The layers in the order of the server, and a caller in the place of the one that finds it.
fn server(replies: &ResponseCache, runs: &Runs, caller: Caller) -> Router {
    Router::new()
        .route("/documents", get(list).post(change).patch(change))
        .route("/documents/{id}", get(single).put(single).delete(change))
        .route("/v1/models", get(list))
        .route("/auth/me", get(list))
        .route("/openapi.json", get(list))
        .route("/text", get(async || "text"))
        .with_state(runs.clone())
        .layer(from_fn_with_state(replies.clone(), cache_replies))
        .layer(Extension(caller))
        .layer(from_fn(conditional))
        .layer(from_fn(version))
        .layer(from_fn(render))
}

struct Setting {
    replies: ResponseCache,
    runs: Runs,
}

impl Setting {
    fn new() -> Self {
        Self {
            replies: ResponseCache::new(SingleFlight::new(memory())),
            runs: Runs::default(),
        }
    }

    async fn send(&self, caller: Caller, request: (&str, &str), headers: &[(&str, &str)]) -> Reply {
        let mut built = Request::builder().method(request.0).uri(request.1);
        for (name, value) in headers {
            built = built.header(*name, *value);
        }
        let built = built.body(Body::empty()).unwrap();
        let routes = server(&self.replies, &self.runs, caller);
        let (parts, body) = routes.oneshot(built).await.unwrap().into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
            bytes: body,
        }
    }

    async fn get(&self, caller: Caller, path: &str) -> Value {
        let reply = self.send(caller, ("GET", path), &[]).await;
        assert_eq!(reply.status, StatusCode::OK);
        reply.body
    }
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
    bytes: Bytes,
}

fn caller(actor: Actor, organisation: u128, scopes: ScopeSet) -> Caller {
    Caller {
        actor,
        organisation: Uuid::from_u128(organisation),
        scopes,
    }
}

fn user(id: u128, organisation: u128) -> Caller {
    let (id, session) = (Uuid::from_u128(id), Uuid::from_u128(9));
    caller(
        Actor::User { id, session },
        organisation,
        Role::Member.scopes(),
    )
}

#[tokio::test]
async fn a_kept_reply_never_reaches_another_principal() {
    let setting = Setting::new();
    let key = |id| Actor::Key {
        id: Uuid::from_u128(id),
    };
    let member = Role::Member.scopes();
    let callers = [
        user(1, 1),
        user(2, 1),
        user(1, 2),
        caller(key(1), 1, member),
        caller(key(2), 1, member),
        caller(key(1), 2, member),
        caller(key(1), 1, member.with(Scope::AuditRead)),
        caller(key(1), 1, ScopeSet::default()),
    ];
    for path in ["/documents", "/v1/models"] {
        setting.runs.store(0, Ordering::SeqCst);
        for (run, caller) in callers.iter().enumerate() {
            let first = setting.get(*caller, path).await;
            assert_eq!(first["run"], run, "{caller:?}");
            assert_eq!(first["actor"], json!(caller.actor.id()));
            assert_eq!(first["organisation"], json!(caller.organisation));
        }
        for (run, caller) in callers.iter().enumerate() {
            assert_eq!(setting.get(*caller, path).await["run"], run, "{caller:?}");
        }
    }
}

#[tokio::test]
async fn parameters_tell_replies_apart_but_not_their_order() {
    let setting = Setting::new();
    let first = setting.get(user(1, 1), "/documents?limit=1&after=2").await;
    assert_eq!(
        setting.get(user(1, 1), "/documents?after=2&limit=1").await,
        first
    );
    assert_ne!(
        setting.get(user(1, 1), "/documents?after=2&limit=2").await,
        first
    );
    assert_ne!(setting.get(user(1, 1), "/documents").await, first);
    let fresh = [("cache-control", "max-age=0, No-Cache")];
    let reply = setting
        .send(user(1, 1), ("GET", "/documents?limit=1&after=2"), &fresh)
        .await;
    assert_ne!(reply.body, first);
}

#[tokio::test]
async fn a_write_drops_what_its_organisation_sees_and_nothing_else() {
    let setting = Setting::new();
    let (one, same, other) = (user(1, 1), user(2, 1), user(1, 2));
    for write in [
        ("POST", "/documents"),
        ("PATCH", "/documents"),
        ("DELETE", "/documents/7"),
    ] {
        let before = (
            setting.get(one, "/documents").await,
            setting.get(other, "/documents").await,
            setting.get(one, "/v1/models").await,
        );
        let written = setting.send(same, write, &[]).await;
        assert_eq!(written.status, StatusCode::NO_CONTENT);
        assert_ne!(setting.get(one, "/documents").await, before.0, "{write:?}");
        assert_eq!(setting.get(other, "/documents").await, before.1);
        assert_eq!(setting.get(one, "/v1/models").await, before.2);
    }
}

#[tokio::test]
async fn a_reply_that_a_write_overtook_is_not_kept() {
    let replies = ResponseCache::new(SingleFlight::new(memory()));
    let overtaken = replies.clone();
    let tag = format!("documents:{}", Uuid::from_u128(1));
    let handler = async move || {
        overtaken.invalidation(tag).finish().await;
        Json(json!("old"))
    };
    let routes = Router::new()
        .route("/documents", get(handler))
        .layer(from_fn_with_state(replies, cache_replies))
        .layer(Extension(user(1, 1)));
    for _ in 0..2 {
        let request = Request::get("/documents").body(Body::empty()).unwrap();
        let reply = routes.clone().oneshot(request).await.unwrap();
        assert_eq!(reply.headers()["cache-status"], "locutor; fwd=miss");
    }
}

#[tokio::test]
async fn a_write_whose_client_left_drops_replies_too() {
    let memory = memory();
    let replies = ResponseCache::new(SingleFlight::new(memory.clone()));
    let stamp = memory.stamp(&["t".to_owned()]).await;
    memory
        .put("k", Bytes::new(), Duration::from_mins(1), &stamp)
        .await;
    assert!(memory.get("k").await.is_some());
    drop(replies.invalidation("t".to_owned()));
    tokio::task::yield_now().await;
    assert!(memory.get("k").await.is_none());
}

#[tokio::test]
async fn who_has_a_reply_already_gets_304() {
    let setting = Setting::new();
    let caller = user(1, 1);
    let first = setting.send(caller, ("GET", "/documents"), &[]).await;
    assert_eq!(first.headers[header::CACHE_CONTROL], "private, no-cache");
    let tag = first.headers[header::ETAG].to_str().unwrap().to_owned();
    for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
        let headers = [("if-none-match", known.as_str())];
        let again = setting.send(caller, ("GET", "/documents"), &headers).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{known}");
        assert!(again.bytes.is_empty() && !again.headers.contains_key(header::CONTENT_TYPE));
        assert_eq!(again.headers[header::ETAG], tag);
        assert_eq!(again.headers[header::CACHE_CONTROL], "private, no-cache");
    }
    let older = [
        ("if-none-match", tag.as_str()),
        ("api-version", "2026-11-23"),
    ];
    let reply = setting.send(caller, ("GET", "/documents"), &older).await;
    assert_eq!(reply.status, StatusCode::OK);
    let head = setting.send(caller, ("HEAD", "/documents/1"), &[]).await;
    let body = setting.send(caller, ("GET", "/documents/1"), &[]).await;
    assert_eq!(head.headers[header::ETAG], body.headers[header::ETAG]);
    assert!(head.bytes.is_empty());
}

#[tokio::test]
async fn times_count_where_there_are_no_tags() {
    let setting = Setting::new();
    for (since, status) in [
        ("Mon, 12 Jan 1970 13:46:40 GMT", StatusCode::NOT_MODIFIED),
        ("Mon, 12 Jan 1970 13:46:39 GMT", StatusCode::OK),
        ("yesterday", StatusCode::OK),
    ] {
        let headers = [("if-modified-since", since)];
        let reply = setting
            .send(user(1, 1), ("GET", "/documents/1"), &headers)
            .await;
        assert_eq!(reply.status, status, "{since}");
        let both = [("if-modified-since", since), ("if-none-match", "\"x\"")];
        let reply = setting
            .send(user(1, 1), ("GET", "/documents/1"), &both)
            .await;
        assert_eq!(reply.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_change_of_what_is_no_longer_there_is_refused() {
    let setting = Setting::new();
    let read = setting.send(user(1, 1), ("GET", "/documents/1"), &[]).await;
    let tag = read.headers[header::ETAG].to_str().unwrap();
    for (name, value, status) in [
        ("if-match", tag, StatusCode::OK),
        ("if-match", "*", StatusCode::OK),
        ("if-match", "\"x\"", StatusCode::PRECONDITION_FAILED),
        ("if-none-match", "*", StatusCode::PRECONDITION_FAILED),
        ("if-none-match", tag, StatusCode::PRECONDITION_FAILED),
        ("if-none-match", "\"x\"", StatusCode::OK),
        (
            "if-unmodified-since",
            "Mon, 12 Jan 1970 13:46:40 GMT",
            StatusCode::OK,
        ),
        (
            "if-unmodified-since",
            "Mon, 12 Jan 1970 13:46:39 GMT",
            StatusCode::PRECONDITION_FAILED,
        ),
    ] {
        let reply = setting
            .send(user(1, 1), ("PUT", "/documents/1"), &[(name, value)])
            .await;
        assert_eq!(reply.status, status, "{name}: {value}");
        if status != StatusCode::OK {
            assert_eq!(reply.body["code"], "precondition_failed");
        }
    }
}

#[tokio::test]
async fn who_may_keep_what_depends_on_the_route() {
    let setting = Setting::new();
    for (method, path, expected) in [
        ("GET", "/openapi.json", "public, max-age=3600"),
        ("GET", "/auth/me", "no-store"),
        ("GET", "/documents", "private, no-cache"),
        ("GET", "/text", "no-store"),
        ("GET", "/nowhere", "no-store"),
        ("POST", "/documents", "no-store"),
    ] {
        let reply = setting.send(user(1, 1), (method, path), &[]).await;
        assert_eq!(
            reply.headers[header::CACHE_CONTROL],
            expected,
            "{method} {path}"
        );
    }
}
