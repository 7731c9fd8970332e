//! Rules on each kind of database, with a clock that is set by hand.

mod firing;
mod routes;
mod webhooks;

use std::{sync::Arc, time::Duration};

use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    AlertService, EvaluateJob,
    request::NewAlertRule,
    view::{AlertRuleDetails, CreatedAlertRule},
};
use crate::{
    access::{Actor, Caller, Requester, Scope, ScopeSet},
    entity::{job, usage_error, usage_minute},
    features::{
        jobs::{JobQueue, JobService},
        organisations::FIRST,
        testing::{World, from, worlds},
        usage::UsageService,
    },
    ports::{JobHandler, RunningJob},
};

const MINUTE: Duration = Duration::from_mins(1);

/// A world with alerts.
pub struct Bed {
    pub world: World,
    pub alerts: AlertService,
}

/// One for each kind of database.
pub async fn beds() -> Vec<Bed> {
    let worlds = worlds().await.into_iter();
    worlds
        .map(|world| {
            let foundation = world.foundation.clone();
            let (database, clock) = (foundation.database.clone(), foundation.clock.clone());
            let queue = JobQueue::new(clock.clone(), foundation.randomness.clone());
            let audit = Arc::clone(&foundation.audit);
            let jobs = JobService::new(database.clone(), clock.clone(), audit, queue);
            let usage = UsageService::new(database, clock);
            let alerts = AlertService::new(foundation, usage, jobs);
            Bed { world, alerts }
        })
        .collect()
}

/// Who manages the server.
pub fn requester() -> Requester {
    Requester {
        caller: Caller {
            actor: Actor::Key {
                id: Uuid::from_u128(1),
            },
            organisation: FIRST,
            scopes: ScopeSet::default().with(Scope::InstanceManage),
        },
        origin: from("203.0.113.7"),
    }
}

/// What was counted in one minute.
#[derive(Default)]
pub struct Counted {
    pub requests: i64,
    pub failures: i64,
    pub server_errors: i64,
    pub milliseconds: i64,
    pub refusals: i64,
    pub organisation: Uuid,
}

impl Bed {
    /// Makes a rule that tells one mailbox.
    pub async fn rule(&self, condition: Value, more: Value) -> CreatedAlertRule {
        let mut rule = json!({
            "name": "trouble", "condition": condition, "window_minutes": 5,
            "recipients": ["operations@example.org"],
        });
        for (name, value) in more.as_object().unwrap() {
            rule[name] = value.clone();
        }
        let rule: NewAlertRule = serde_json::from_value(rule).unwrap();
        self.alerts.create(rule.into(), &requester()).await.unwrap()
    }

    /// Counts requests of a route two minutes ago: so old are the youngest that are looked at.
    pub async fn count(&self, route: &str, counted: Counted) {
        let database = self.world.foundation.database.writer();
        let now = self.world.foundation.now();
        let minute = now.div_euclid(60_000) * 60_000 - 120_000;
        let row = usage_minute::Model {
            minute,
            organisation: counted.organisation,
            // Each call makes rows of its own.
            actor_id: Uuid::now_v7(),
            method: "GET".into(),
            route: route.into(),
            actor_kind: "key".into(),
            day: 0,
            requests: counted.requests,
            failures: counted.failures,
            server_errors: counted.server_errors,
            milliseconds: counted.milliseconds,
            bytes_in: 0,
            bytes_out: 0,
        };
        let error = usage_error::Model {
            minute,
            organisation: row.organisation,
            actor_id: row.actor_id,
            method: row.method.clone(),
            route: row.route.clone(),
            status: 429,
            code: "rate_limited".into(),
            server: false,
            occurrences: counted.refusals,
            last_at: minute,
            last_request: String::new(),
        };
        let row = row.into_active_model().reset_all();
        usage_minute::Entity::insert(row)
            .exec_without_returning(database)
            .await
            .unwrap();
        let error = error.into_active_model().reset_all();
        usage_error::Entity::insert(error)
            .exec_without_returning(database)
            .await
            .unwrap();
    }

    /// A job in a state.
    pub async fn job(&self, kind: &str, state: job::JobState) -> Uuid {
        let now = self.world.foundation.now();
        let row = job::Model {
            id: Uuid::now_v7(),
            kind: kind.into(),
            payload: json!({}),
            state,
            unique_key: None,
            attempts: 0,
            max_attempts: 1,
            due_at: now,
            lease: None,
            lease_until: None,
            worker: None,
            error: None,
            organisation: None,
            created_at: now,
            finished_at: (state == job::JobState::Dead).then_some(now),
        };
        let id = row.id;
        job::Entity::insert(row.into_active_model().reset_all())
            .exec_without_returning(self.world.foundation.database.writer())
            .await
            .unwrap();
        id
    }

    /// Lets minutes pass, and evaluates after each.
    pub async fn minutes(&self, minutes: u32) {
        for _ in 0..minutes {
            self.world.wait(MINUTE);
            self.evaluate().await;
        }
    }

    /// Evaluates, as a worker does.
    pub async fn evaluate(&self) {
        let job = EvaluateJob::new(self.alerts.clone());
        let effects = job.work(&running(Value::Null)).await.unwrap();
        let transaction = self.world.foundation.database.begin().await.unwrap();
        effects.apply(&transaction).await.unwrap();
        transaction.commit().await.unwrap();
    }

    pub async fn get(&self, id: Uuid) -> AlertRuleDetails {
        self.alerts.get(id).await.unwrap()
    }

    /// The texts of all mails, oldest first.
    pub async fn mails(&self) -> Vec<String> {
        self.world.work().await;
        let sent = self.world.mail.sent();
        sent.into_iter().map(|mail| mail.text).collect()
    }

    /// The web hooks in the queue.
    pub async fn queued(&self) -> Vec<job::Model> {
        let rows = job::Entity::find()
            .all(self.world.foundation.database.reader())
            .await
            .unwrap();
        rows.into_iter()
            .filter(|row| row.kind == super::WebHookJob::KIND)
            .collect()
    }
}

/// An attempt.
pub fn running(payload: Value) -> RunningJob {
    RunningJob {
        id: Uuid::now_v7(),
        payload,
        attempt: 1,
        organisation: None,
    }
}

/// Requests.
pub fn requests(requests: i64) -> Counted {
    Counted {
        requests,
        ..Counted::default()
    }
}
