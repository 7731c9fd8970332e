//! The routes, and what they leave in the audit log.

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::{FromRef, Request},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Bed, beds, requester};
use crate::{
    access::{Caller, Role, ScopeSet},
    features::alerts::{AlertService, routes},
    http::Fault,
};

#[derive(Clone)]
struct State(AlertService);

impl FromRef<State> for AlertService {
    fn from_ref(state: &State) -> Self {
        state.0.clone()
    }
}

fn server(bed: &Bed, scopes: ScopeSet) -> Router {
    let caller = Caller {
        scopes,
        ..requester().caller
    };
    let (routes, _) = routes::<State>().split_for_parts();
    routes
        .with_state(State(bed.alerts.clone()))
        .layer(Extension(caller))
}

/// Status, code of the cause, body.
async fn ask(server: &Router, method: &str, path: &str, body: Value) -> (u16, String, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let mut response = server.clone().oneshot(request).await.unwrap();
    let fault = response.extensions_mut().remove::<Fault>();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let code = fault.map(|fault| fault.code.to_owned());
    (
        status,
        code.unwrap_or_default(),
        serde_json::from_slice(&body).unwrap_or_default(),
    )
}

fn new() -> Value {
    json!({
        "name": "errors",
        "condition": {"kind": "threshold", "metric": "server_errors", "comparison": "above", "value": 1.5},
        "recipients": ["ada@example.org", "ADA@example.org"],
        "webhook_url": "https://hooks.example.org/token-of-theirs",
    })
}

#[tokio::test]
async fn rules_are_made_read_changed_tried_and_removed() {
    for bed in beds().await {
        let me = server(&bed, requester().caller.scopes);
        let all = "/admin/alerts";
        let (status, _, created) = ask(&me, "POST", all, new()).await;
        assert_eq!(status, 201);
        let secret = created["webhook_secret"].as_str().unwrap();
        assert!(secret.starts_with("lochook_"));
        assert_eq!(created["recipients"], json!(["ada@example.org"]));
        let one = format!("{all}/{}", created["id"].as_str().unwrap());
        let (_, _, list) = ask(&me, "GET", all, Value::Null).await;
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
        assert!(!list.to_string().contains("lochook_"));
        let (_, _, read) = ask(&me, "GET", &one, Value::Null).await;
        assert_eq!(
            (&read["state"], &read["firings"]),
            (&json!("ok"), &json!([]))
        );
        let change = json!({"name": "more errors", "webhook_url": null, "window_minutes": 10});
        let (status, _, changed) = ask(&me, "PATCH", &one, change).await;
        assert_eq!((status, &changed["name"]), (200, &json!("more errors")));
        assert_eq!(
            (&changed["webhook_url"], &changed["window_minutes"]),
            (&Value::Null, &json!(10))
        );
        assert_eq!(changed["condition"], new()["condition"]);
        let test = format!("{one}/test");
        let (status, _, trial) = ask(&me, "POST", &test, Value::Null).await;
        assert_eq!(
            (status, trial),
            (202, json!({"mails": 1, "webhook": false}))
        );
        let mails = bed.mails().await;
        assert!(mails.len() == 1 && mails[0].contains("Only a test"));
        ask(&me, "PATCH", &one, json!({"recipients": []})).await;
        let (status, code, _) = ask(&me, "POST", &test, Value::Null).await;
        assert_eq!((status, code.as_str()), (409, "tells_nobody"));
        assert_eq!(ask(&me, "DELETE", &one, Value::Null).await.0, 204);
        for (method, path) in [("GET", &one), ("DELETE", &one), ("POST", &test)] {
            assert_eq!(ask(&me, method, path, Value::Null).await.0, 404);
        }
        assert_eq!(ask(&me, "PATCH", &one, json!({})).await.0, 404);
        let expected = ["create", "change", "test", "change", "remove"];
        assert_eq!(
            bed.world.actions().await,
            expected.map(|verb| format!("alert_rule.{verb}"))
        );
        let page = bed
            .world
            .audit
            .list(&crate::features::audit::Filter::default(), None, 50)
            .await;
        let page = serde_json::to_string(&page.unwrap()).unwrap();
        assert!(!page.contains("token-of-theirs") && !page.contains("lochook_"));
    }
}

#[tokio::test]
async fn what_is_wrong_is_refused_and_leaves_nothing() {
    for bed in beds().await {
        let me = server(&bed, requester().caller.scopes);
        let owner = server(&bed, Role::Owner.scopes());
        let all = "/admin/alerts";
        let refused = ask(&owner, "POST", all, new()).await;
        assert_eq!((refused.0, refused.1.as_str()), (403, "scope_required"));
        assert_eq!(ask(&owner, "GET", all, Value::Null).await.0, 403);
        for (field, value) in [
            ("name", json!("")),
            ("name", json!("a\nb")),
            ("condition", json!({"kind": "absence"})),
            (
                "condition",
                json!({"kind": "rate", "metric": "jobs_waiting", "comparison": "above", "value": 1}),
            ),
            (
                "condition",
                json!({"kind": "threshold", "metric": "requests", "comparison": "above", "value": -1}),
            ),
            ("window_minutes", json!(0)),
            ("window_minutes", json!(1441)),
            ("recipients", json!(["nobody"])),
            ("recipients", json!(vec!["ada@example.org"; 21])),
            ("webhook_url", json!("file:///etc/passwd")),
            ("webhook_url", json!("https://user:word@example.org")),
            ("state", json!("firing")),
        ] {
            let mut wrong = new();
            wrong[field] = value;
            let (status, code, _) = ask(&me, "POST", all, wrong.clone()).await;
            assert_eq!((status, code.as_str()), (400, "invalid_value"), "{wrong}");
        }
        let mut nowhere = new();
        nowhere["organisation"] = json!("019b8f3e-5d2a-7c11-9d0e-3f6a2b1c4d5e");
        let refused = ask(&me, "POST", all, nowhere).await;
        assert_eq!(
            (refused.0, refused.1.as_str()),
            (409, "no_such_organisation")
        );
        assert!(bed.alerts.list().await.unwrap().is_empty());
        assert!(bed.world.actions().await.is_empty());
    }
}

#[tokio::test]
async fn there_is_an_end_to_rules() {
    for bed in beds().await {
        let me = server(&bed, requester().caller.scopes);
        for _ in 0..200 {
            assert_eq!(ask(&me, "POST", "/admin/alerts", new()).await.0, 201);
        }
        let refused = ask(&me, "POST", "/admin/alerts", new()).await;
        assert_eq!((refused.0, refused.1.as_str()), (409, "too_many_rules"));
    }
}
