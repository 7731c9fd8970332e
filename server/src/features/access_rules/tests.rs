//! The use cases on each database, and the layer.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::{FromRef, Request},
    http::StatusCode,
    middleware::from_fn_with_state,
    routing::get,
};
use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use super::{AccessRuleError, AccessRuleService, Gate, Mode, Rule, admit, routes, service::*};
use crate::{
    access::{Actor, Caller, Requester, Role, Scope, ScopeSet},
    adapters::{FixedClock, SeededRandomness},
    config::AccessSettings,
    database::{Database, testing::each},
    http::{ClientAddress, Fault, Origin},
    ports::{Audit, AuditEvent},
};

/// Keeps the actions, and fails when told to.
#[derive(Default)]
struct Recorder {
    actions: Mutex<Vec<&'static str>>,
    broken: bool,
}

#[async_trait]
impl Audit for Recorder {
    async fn record(&self, _: &DatabaseTransaction, event: AuditEvent) -> Result<(), DbErr> {
        if self.broken {
            return Err(DbErr::Custom("no audit".into()));
        }
        assert!(event.actor.is_some() && event.origin.is_some());
        self.actions.lock().unwrap().push(event.action);
        Ok(())
    }
}

fn settings(rules: &str) -> AccessSettings {
    toml::from_str(rules).unwrap()
}

fn service(
    database: &Database,
    settings: &AccessSettings,
    audit: Recorder,
) -> (AccessRuleService, Gate, Arc<Recorder>) {
    let (gate, audit) = (Gate::new(settings).unwrap(), Arc::new(audit));
    let service = AccessRuleService::new(Parts {
        database: database.clone(),
        clock: Arc::new(FixedClock::default()),
        randomness: Arc::new(SeededRandomness::default()),
        audit: audit.clone(),
        gate: gate.clone(),
    });
    (service, gate, audit)
}

fn caller(scopes: ScopeSet) -> Caller {
    Caller {
        actor: Actor::Key {
            id: Uuid::from_u128(1),
        },
        organisation: Uuid::from_u128(2),
        scopes,
    }
}

fn demand(address: &str, force: bool) -> Demand {
    Demand {
        requester: Requester {
            caller: caller(ScopeSet::default().with(Scope::InstanceManage)),
            origin: Origin {
                address: address.parse().unwrap(),
                ..Origin::command_line()
            },
        },
        force,
    }
}

fn rule(text: &str) -> Rule {
    toml::from_str(text).unwrap()
}

fn refuses(gate: &Gate, address: &str, path: &str) -> bool {
    let set = gate.current();
    gate.refusal(&set, address.parse().unwrap(), path).is_some()
}

#[tokio::test]
async fn a_change_is_in_force_at_once_recorded_and_seen_by_others() {
    for test in each().await {
        let settings = settings("[[rules]]\neffect = 'deny'\nnetwork = '198.51.100.0/24'");
        let (rules, gate, audit) = service(&test.database, &settings, Recorder::default());
        let (other, other_gate, _) = service(&test.database, &settings, Recorder::default());
        let me = demand("192.0.2.1", false);
        assert!(refuses(&gate, "198.51.100.1", "/"));
        let deny = rule("effect = 'deny'\nnetwork = '203.0.113.0/24'");
        let added = rules.add(deny, "spam".into(), &me).await.unwrap();
        assert!(refuses(&gate, "203.0.113.7", "/") && !refuses(&other_gate, "203.0.113.7", "/"));
        other.refresh().await.unwrap();
        assert!(refuses(&other_gate, "203.0.113.7", "/"));
        let again = rules.add(deny, String::new(), &me).await;
        assert!(matches!(again, Err(AccessRuleError::Exists)));
        let listed = rules.list().await.unwrap();
        assert_eq!((listed.mode, listed.data.len()), (Mode::Enforce, 2));
        assert_eq!((listed.data[0].id, &listed.data[1]), (None, &added));

        rules.set_mode(Mode::DryRun, &me).await.unwrap();
        assert_eq!(gate.current().mode, Mode::DryRun);
        rules.remove(added.id.unwrap(), &me).await.unwrap();
        assert!(!refuses(&gate, "203.0.113.7", "/") && refuses(&gate, "198.51.100.1", "/"));
        let gone = rules.remove(added.id.unwrap(), &me).await;
        assert!(matches!(gone, Err(AccessRuleError::Unknown(_))));
        let actions = audit.actions.lock().unwrap().clone();
        assert_eq!(
            actions,
            [
                "access_rule.add",
                "access_rules.set_mode",
                "access_rule.remove"
            ]
        );
    }
}

#[tokio::test]
async fn nobody_locks_themselves_out_by_mistake() {
    for test in each().await {
        let (rules, gate, _) = service(&test.database, &settings(""), Recorder::default());
        let me = demand("192.0.2.1", false);
        let allow = |network: &str| {
            rule(&format!(
                "group = 'admin'\neffect = 'allow'\nnetwork = '{network}'"
            ))
        };
        let foreign = rules.add(allow("10.0.0.0/8"), String::new(), &me).await;
        assert!(matches!(foreign, Err(AccessRuleError::LocksOut)));
        assert!(rules.list().await.unwrap().data.is_empty());
        let own = rules
            .add(allow("192.0.2.0/24"), String::new(), &me)
            .await
            .unwrap();
        rules
            .add(allow("10.0.0.0/8"), String::new(), &me)
            .await
            .unwrap();
        let removed = rules.remove(own.id.unwrap(), &me).await;
        assert!(matches!(removed, Err(AccessRuleError::LocksOut)));
        // Where nothing is enforced nobody is locked out, until it is.
        rules.set_mode(Mode::DryRun, &me).await.unwrap();
        rules.remove(own.id.unwrap(), &me).await.unwrap();
        let enforced = rules.set_mode(Mode::Enforce, &me).await;
        assert!(matches!(enforced, Err(AccessRuleError::LocksOut)));
        rules
            .set_mode(Mode::Enforce, &demand("127.0.0.1", false))
            .await
            .unwrap();
        assert!(refuses(&gate, "192.0.2.1", "/admin/keys"));
        let all = rule("effect = 'deny'\nnetwork = '10.0.0.0/8'");
        rules
            .add(all, String::new(), &demand("10.0.0.1", true))
            .await
            .unwrap();
        assert!(refuses(&gate, "10.0.0.1", "/documents"));
    }
}

#[tokio::test]
async fn a_change_without_its_record_is_none() {
    for test in each().await {
        let broken = Recorder {
            broken: true,
            ..Recorder::default()
        };
        let (rules, gate, _) = service(&test.database, &settings(""), broken);
        let me = demand("127.0.0.1", false);
        let deny = rule("effect = 'deny'\nnetwork = '203.0.113.0/24'");
        assert!(rules.add(deny, String::new(), &me).await.is_err());
        assert!(rules.set_mode(Mode::DryRun, &me).await.is_err());
        rules.refresh().await.unwrap();
        let listed = rules.list().await.unwrap();
        assert_eq!((listed.mode, listed.data.len()), (Mode::Enforce, 0));
        assert!(!refuses(&gate, "203.0.113.7", "/"));
    }
}

#[tokio::test]
async fn concurrent_changes_all_happen_once() {
    for test in each().await {
        let (rules, gate, _) = service(&test.database, &settings(""), Recorder::default());
        let adding = (0..16).map(|number| {
            let rules = rules.clone();
            let deny = rule(&format!(
                "effect = 'deny'\nnetwork = '203.0.113.{}'",
                number / 2
            ));
            tokio::spawn(async move {
                let me = demand("127.0.0.1", false);
                rules.add(deny, String::new(), &me).await.is_ok()
            })
        });
        let outcomes = futures::future::join_all(adding).await;
        let added = outcomes
            .into_iter()
            .filter(|outcome| *outcome.as_ref().unwrap());
        assert_eq!(added.count(), 8);
        assert_eq!(rules.list().await.unwrap().data.len(), 8);
        assert!((0..8).all(|number| refuses(&gate, &format!("203.0.113.{number}"), "/")));
    }
}

#[tokio::test]
async fn countries_need_a_file_that_knows_them() {
    let country = "[[rules]]\neffect = 'deny'\ncountry = 'PT'";
    let error = Gate::new(&settings(country)).unwrap_err();
    assert!(error.to_string().contains("access.country_database"));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), super::country::fixture::mmdb("PT", true)).unwrap();
    let known = AccessSettings {
        country_database: Some(file.path().to_owned()),
        ..settings(country)
    };
    let gate = Gate::new(&known).unwrap();
    assert!(refuses(&gate, "10.0.0.1", "/") && !refuses(&gate, "203.0.113.7", "/"));
    for test in each().await {
        let (rules, _, _) = service(&test.database, &settings(""), Recorder::default());
        let deny = rule("effect = 'deny'\ncountry = 'PT'");
        let refused = rules
            .add(deny, String::new(), &demand("127.0.0.1", false))
            .await;
        assert!(matches!(refused, Err(AccessRuleError::NoCountries)));
    }
}

#[derive(Clone)]
struct State(AccessRuleService);

impl FromRef<State> for AccessRuleService {
    fn from_ref(state: &State) -> Self {
        state.0.clone()
    }
}

/// Status, code of the cause, body.
async fn reply(routes: &Router, request: Request) -> (u16, String, Value) {
    let mut response = routes.clone().oneshot(request).await.unwrap();
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

fn request(method: &str, path: &str, body: &Value) -> Request {
    Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

fn server(rules: &AccessRuleService, gate: &Gate, address: &str, scopes: ScopeSet) -> Router {
    let (documented, _) = routes::<State>().split_for_parts();
    documented
        .with_state(State(rules.clone()))
        .route("/documents", get(|| async { "in" }))
        .layer(Extension(caller(scopes)))
        .layer(from_fn_with_state(gate.clone(), admit))
        .layer(Extension(ClientAddress(address.parse().unwrap())))
}

#[tokio::test]
async fn the_routes_manage_and_the_layer_refuses() {
    for test in each().await {
        let (rules, gate, _) = service(&test.database, &settings(""), Recorder::default());
        let manages = ScopeSet::default().with(Scope::InstanceManage);
        let me = server(&rules, &gate, "192.0.2.1", manages);
        let them = server(&rules, &gate, "203.0.113.7", Role::Owner.scopes());
        let path = "/admin/access-rules";
        let none = Value::Null;
        assert_eq!(
            reply(&them, request("GET", path, &none)).await.1,
            "scope_required"
        );
        assert_eq!(
            reply(&them, request("GET", "/documents", &none)).await.0,
            200
        );

        let deny = json!({"group": "documents", "effect": "deny", "network": "203.0.113.9/24"});
        let (status, _, added) = reply(&me, request("POST", path, &deny)).await;
        assert_eq!((status, &added["network"]), (201, &json!("203.0.113.0/24")));
        let refused = reply(&them, request("GET", "/documents", &none)).await;
        assert_eq!((refused.0, refused.1.as_str()), (403, "address_refused"));
        assert_eq!(reply(&me, request("GET", "/documents", &none)).await.0, 200);

        let mode = format!("{path}/mode");
        let dry = json!({"mode": "dry_run"});
        let (status, _, listed) = reply(&me, request("PUT", &mode, &dry)).await;
        assert_eq!((status, &listed["mode"]), (200, &json!("dry_run")));
        assert_eq!(
            reply(&them, request("GET", "/documents", &none)).await.0,
            200
        );
        reply(&me, request("PUT", &mode, &json!({"mode": "enforce"}))).await;

        let all = json!({"effect": "deny", "network": "0.0.0.0/0"});
        assert_eq!(
            reply(&me, request("POST", path, &all)).await.1,
            "would_lock_out"
        );
        for wrong in [
            json!({"effect": "deny"}),
            json!({"effect": "deny", "network": "nowhere"}),
            json!({"effect": "deny", "network": "10.0.0.0/8", "country": "PT"}),
            json!({"effect": "deny", "country": "PT"}),
        ] {
            let found = reply(&me, request("POST", path, &wrong)).await;
            assert_eq!(found.0, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        }
        let unknown = json!({"effect": "deny", "network": "10.0.0.0/8", "id": 7});
        let found = reply(&me, request("POST", path, &unknown)).await;
        assert_eq!(found.0, StatusCode::BAD_REQUEST);
        let one = format!("{path}/{}", added["id"].as_str().unwrap());
        assert_eq!(reply(&me, request("DELETE", &one, &none)).await.0, 204);
        assert_eq!(reply(&me, request("DELETE", &one, &none)).await.0, 404);
        assert_eq!(
            reply(&them, request("GET", "/documents", &none)).await.0,
            200
        );
    }
}
