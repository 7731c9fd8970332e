//! The slice behind the layer of versions: clients of 2026-11-23 still speak of roles.

use std::time::Duration;

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
    middleware::from_fn,
};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use super::{KeyService, NewKey, routes};
use crate::{
    access::{Actor, Caller, Role, Scope},
    features::testing::{World, worlds},
    http::version::version,
};

/// The routes as the key of an administrator finds them.
async fn office(world: &World) -> Router {
    let admin = NewKey::admin("admin");
    let created = world.keys.create(admin.clone()).await.unwrap();
    let caller = Caller {
        actor: Actor::Key {
            id: created.details.id,
        },
        organisation: created.details.organisation,
        scopes: admin.scopes,
    };
    let (routes, _) = routes::<KeyService>().split_for_parts();
    routes
        .with_state(world.keys.clone())
        .layer(from_fn(version))
        .layer(Extension(caller))
}

async fn ask(
    office: &Router,
    method: Method,
    path: &str,
    version: Option<&str>,
    body: Value,
) -> (StatusCode, Value) {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(version) = version {
        request = request.header("api-version", version);
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    let response = office.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

const OLD: Option<&str> = Some("2026-11-23");

#[tokio::test]
async fn an_old_client_makes_lists_and_revokes_keys_by_role() {
    for world in worlds().await {
        let office = office(&world).await;
        for (admin, role) in [(true, "admin"), (false, "client")] {
            // Lists are in the order of time.
            world.wait(Duration::from_secs(1));
            let body = json!({"name": role, "admin": admin});
            let (status, made) = ask(&office, Method::POST, "/admin/keys", OLD, body).await;
            assert_eq!(status, StatusCode::CREATED, "{made}");
            assert_eq!((&made["role"], made.get("scopes")), (&json!(role), None));
            let id: Uuid = serde_json::from_value(made["id"].clone()).unwrap();
            let stored = world.keys.find(id, None).await.unwrap().unwrap();
            assert_eq!(stored.scopes.contains(Scope::InstanceManage), admin);
            assert!(stored.scopes.contains_all(Role::Editor.scopes()));
            assert!(!stored.scopes.contains(Scope::AccountManage));
            let path = format!("/admin/keys/{id}");
            let (status, revoked) = ask(&office, Method::DELETE, &path, OLD, json!({})).await;
            assert_eq!(
                (status, &revoked["role"]),
                (StatusCode::OK, &json!(role)),
                "{revoked}"
            );
            assert!(revoked["revoked_at"].is_string());
        }
        let (_, old) = ask(&office, Method::GET, "/admin/keys", OLD, json!({})).await;
        let (_, new) = ask(&office, Method::GET, "/admin/keys", None, json!({})).await;
        let roles: Vec<_> = old["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["role"].as_str().unwrap())
            .collect();
        assert_eq!(roles, ["admin", "admin", "client"]);
        assert!(new["data"][2].get("role").is_none());
        assert_eq!(
            new["data"][2]["scopes"],
            json!(Role::Editor.scopes()),
            "the newest version speaks of scopes"
        );
    }
}
