//! The use cases on both databases, and the check of requests.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    routing::get,
};
use jiff::ToSpan;
use tower::ServiceExt;

use super::NewKey;
use crate::{
    access::{Role, Scope},
    adapters::{MemoryRateLimiter, MokaCache},
    features::testing::{World, from, sqlite_world, worlds},
    features::usage::UsageService,
    http::{
        AccessState, Edge, Inner, OpenRoutes, Page, RateLimiting, caching::ResponseCache, wrap,
    },
    ports::SingleFlight,
};

#[tokio::test]
async fn a_key_opens_until_it_is_revoked_or_over() {
    for world in worlds().await {
        let keys = &world.keys;
        assert!(keys.lacks_admin().await.unwrap());
        let created = keys.create(NewKey::client("reader")).await.unwrap();
        assert!(keys.lacks_admin().await.unwrap());
        let found = keys.authenticate(&created.key).await.unwrap().unwrap();
        assert_eq!(found.found.caller.actor.id(), created.details.id);
        assert_eq!(found.found.caller.scopes, Role::Editor.scopes());
        let id = created.details.id;
        let revoked = keys.revoke(id, None, None).await.unwrap().unwrap();
        assert!(keys.authenticate(&created.key).await.unwrap().is_none());
        let again = keys.revoke(id, None, None).await.unwrap().unwrap();
        assert_eq!(again.revoked_at, revoked.revoked_at);
        let short = NewKey {
            expires_at: Some(world.foundation.clock.now() + 1.hours()),
            ..NewKey::client("short")
        };
        let short = keys.create(short).await.unwrap();
        assert!(keys.authenticate(&short.key).await.unwrap().is_some());
        world.wait(Duration::from_hours(2));
        assert!(keys.authenticate(&short.key).await.unwrap().is_none());
        let listed = keys.list(None, &Page::default()).await.unwrap();
        assert!(listed.data[0].last_used_at.is_some());
    }
}

#[tokio::test]
async fn only_the_whole_key_opens() {
    let world = sqlite_world().await;
    let keys = &world.keys;
    let created = keys.create(NewKey::admin("admin")).await.unwrap();
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
    let stored = format!("{:?}", keys.list(None, &Page::default()).await.unwrap());
    assert!(!stored.contains(&key));
}

#[tokio::test]
async fn nobody_gives_scopes_that_they_do_not_have() {
    for world in worlds().await {
        world.person("ada@example.org").await;
        let session = world.session("ada@example.org").await;
        let owner = world.caller(&session.access_token).await.unwrap();
        let origin = from("203.0.113.7");
        let refused = async |scope| {
            let mut new = NewKey::client("too much");
            new.scopes = new.scopes.with(scope);
            let made = world.keys.create_for(&owner, new, &origin).await;
            made.map(drop).map_err(|fault| fault.status.as_u16())
        };
        assert_eq!(refused(Scope::InstanceManage).await, Err(403));
        assert_eq!(refused(Scope::AccountManage).await, Err(422));
        assert_eq!(refused(Scope::KeysManage).await, Ok(()));
        // Another organisation's keys cannot even be seen.
        let own = world
            .keys
            .list(Some(owner.organisation), &Page::default())
            .await
            .unwrap();
        let foreign = world.keys.create(NewKey::client("foreign")).await.unwrap();
        assert_eq!(own.data.len(), 1);
        let by = Some((&owner, &origin));
        let revoked = world
            .keys
            .revoke(foreign.details.id, Some(owner.organisation), by)
            .await;
        assert!(revoked.unwrap().is_none());
        assert!(
            world
                .keys
                .authenticate(&foreign.key)
                .await
                .unwrap()
                .is_some()
        );
    }
}

#[tokio::test]
async fn a_key_does_no_more_than_its_maker_may_by_now() {
    for world in worlds().await {
        let origin = from("203.0.113.7");
        let ada = world.member("ada@example.org", Role::Owner).await;
        let bob = world.member("bob@example.org", Role::Admin).await;
        let made = world
            .keys
            .create_for(&bob, NewKey::client("bob's"), &origin);
        let key = made.await.unwrap().key;
        let scopes = async || world.caller(&key).await.map(|caller| caller.scopes);
        assert_eq!(scopes().await, Some(Role::Editor.scopes()));
        let (organisation, id) = (ada.organisation, bob.actor.id());
        let organisations = &world.organisations;
        organisations
            .set_role(&ada, organisation, id, Role::Viewer, &origin)
            .await
            .unwrap();
        assert_eq!(scopes().await, Some(Role::Viewer.scopes()));
        organisations
            .take_out(&ada, organisation, id, &origin)
            .await
            .unwrap();
        assert_eq!(scopes().await, None);
    }
}

fn inner(world: &World) -> Inner {
    let limiter = Arc::new(MemoryRateLimiter::new(world.clock.clone()));
    let limiting = RateLimiting::new(limiter, Arc::default());
    let randomness = world.foundation.randomness.clone();
    Inner {
        access: AccessState {
            authenticator: world.authenticator.clone(),
            limiting: limiting.clone(),
        },
        open: OpenRoutes::only("/health/live"),
        limiting,
        usage: UsageService::new(world.foundation.database.clone(), world.clock.clone()),
        replies: ResponseCache::new(SingleFlight::new(Arc::new(MokaCache::new(
            1 << 20,
            randomness,
        )))),
    }
}

async fn reply(world: &World, path: &str, key: Option<&str>) -> (StatusCode, serde_json::Value) {
    let routes = Router::new()
        .route("/v1/open-sesame", get(|| async { "in" }))
        .route("/documents", get(|| async { "in" }))
        .route("/health/live", get(|| async { "in" }));
    let mut request = Request::get(path);
    if let Some(key) = key {
        request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    }
    let request = request.body(Body::empty()).unwrap();
    let response = wrap(routes, inner(world), &Edge::plain())
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
    let world = sqlite_world().await;
    let key = world
        .keys
        .create(NewKey::client("reader"))
        .await
        .unwrap()
        .key;
    let (status, openai) = reply(&world, "/v1/open-sesame", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    insta::assert_json_snapshot!("refused_openai", openai);
    let (status, problem) = reply(&world, "/documents", Some("loc_wrong")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    insta::assert_json_snapshot!("refused_problem", problem);
    assert_eq!(reply(&world, "/health/live", None).await.0, StatusCode::OK);
    assert_eq!(
        reply(&world, "/v1/open-sesame", Some(&key)).await.0,
        StatusCode::OK
    );
    let (status, missing) = reply(&world, "/nowhere", Some(&key)).await;
    assert_eq!(
        (status, &missing["code"]),
        (StatusCode::NOT_FOUND, &"not_found".into())
    );
}
