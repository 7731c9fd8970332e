//! The routes: who sees what, and how it is exported.

use axum::{
    Extension, Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use serde_json::Value;
use tower::ServiceExt;
use uuid::Uuid;

use super::{fill, logs, organisation, record};
use crate::{
    access::{Actor, Caller, Role, Scope, ScopeSet},
    features::audit::{AuditService, routes},
    http::Fault,
    ports::{AuditCategory, AuditEvent},
};

fn member(role: Role) -> Caller {
    Caller {
        actor: Actor::Key {
            id: Uuid::from_u128(77),
        },
        organisation: organisation(0),
        scopes: role.scopes(),
    }
}

fn manager() -> Caller {
    let scopes: ScopeSet = Scope::ALL.into_iter().collect();
    Caller {
        scopes,
        ..member(Role::Owner)
    }
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    fault: Option<Fault>,
    text: String,
}

async fn get(audit: &AuditService, caller: Caller, path: &str) -> Reply {
    let (routes, _) = routes::<AuditService>().split_for_parts();
    let routes: Router = routes.with_state(audit.clone()).layer(Extension(caller));
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = routes.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 1 << 24).await.unwrap();
    Reply {
        status: parts.status,
        headers: parts.headers,
        fault: parts.extensions.get::<Fault>().cloned(),
        text: String::from_utf8(body.to_vec()).unwrap(),
    }
}

async fn sequences(audit: &AuditService, caller: Caller, path: &str) -> Vec<i64> {
    let reply = get(audit, caller, path).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}: {:?}", reply.fault);
    let page: Value = serde_json::from_str(&reply.text).unwrap();
    let events = page["data"].as_array().unwrap().iter();
    events
        .map(|event| event["sequence"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn an_administrator_sees_only_the_own_organisation() {
    for (_test, audit) in logs().await {
        fill(&audit, 6).await;
        let admin = member(Role::Admin);
        assert_eq!(sequences(&audit, admin, "/admin/audit").await, [5, 3, 1]);
        let foreign = format!("/admin/audit?organisation={}", organisation(1));
        assert!(sequences(&audit, admin, &foreign).await.is_empty());
        assert_eq!(sequences(&audit, manager(), &foreign).await, [6, 4, 2]);
        assert_eq!(sequences(&audit, manager(), "/admin/audit").await.len(), 6);
        let reply = get(&audit, member(Role::Editor), "/admin/audit").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn conditions_and_pages_come_from_the_query() {
    for (_test, audit) in logs().await {
        fill(&audit, 6).await;
        let path = "/admin/audit?category=security&action=session.&outcome=success&address=127.0.0.1&limit=2&before=6&from=2026-01-01T00:00:00Z";
        assert_eq!(sequences(&audit, manager(), path).await, [5, 4]);
        for wrong in [
            "limit=0",
            "limit=201",
            "category=none",
            "actor=1",
            "from=noon",
            "target=%00",
            "colour=red",
            "before=x",
        ] {
            let path = format!("/admin/audit?{wrong}");
            let reply = get(&audit, manager(), &path).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{wrong}");
        }
    }
}

#[tokio::test]
async fn an_export_holds_every_event_of_the_caller_and_is_itself_one() {
    for (_test, audit) in logs().await {
        // More than one page.
        fill(&audit, 1_100).await;
        let reply = get(&audit, member(Role::Admin), "/admin/audit/export").await;
        assert_eq!(reply.headers[header::CONTENT_TYPE], "application/x-ndjson");
        let events: Vec<Value> = reply
            .text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(events.len(), 551);
        assert!(
            events
                .iter()
                .all(|event| event["organisation"] == organisation(0).to_string())
        );
        assert_eq!(events[550]["action"], "audit.export");
        assert!(audit.verify(None).await.unwrap().intact);
    }
}

#[tokio::test]
async fn an_exported_table_runs_no_formula() {
    for (_test, audit) in logs().await {
        let hostile = AuditEvent::new(AuditCategory::User, "document.add")
            .on("document", "=HYPERLINK(\"x\")")
            .detail("title", "a,\"b\"\nc");
        record(&audit, hostile).await;
        let reply = get(
            &audit,
            manager(),
            "/admin/audit/export?format=csv&category=user",
        )
        .await;
        assert_eq!(
            reply.headers[header::CONTENT_DISPOSITION],
            "attachment; filename=\"audit.csv\""
        );
        let mut table = csv::Reader::from_reader(reply.text.as_bytes());
        let names = table.headers().unwrap().clone();
        let rows: Vec<_> = table.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 1);
        let cell = |name: &str| &rows[0][names.iter().position(|known| known == name).unwrap()];
        assert_eq!(cell("target_id"), "'=HYPERLINK(\"x\")");
        let details: Value = serde_json::from_str(cell("details")).unwrap();
        assert_eq!(details["title"], "a,\"b\"\u{fffd}c");
    }
}
