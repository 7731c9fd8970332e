//! What administrators see and do, over HTTP, with its records; and the deletion of old jobs.

use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode},
};
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait};
use serde_json::Value;
use tokio::sync::Notify;
use tower::ServiceExt;
use uuid::Uuid;

use super::{Bed, WorkerSettings, acting, beds, effect, job, settings, start, start_with, writing};
use crate::{
    access::{Actor, Caller, Scope, ScopeSet},
    config::JobSettings,
    entity::job::{Entity, JobState},
    features::jobs::{JobService, PurgeJobs, Schedule, routes},
    ports::{Audit, AuditEvent, JobError, JobHandler, RunningJob},
};

/// Remembers, and fails when told to.
#[derive(Default)]
struct Notebook {
    events: Mutex<Vec<AuditEvent>>,
    broken: Mutex<bool>,
}

#[async_trait]
impl Audit for Notebook {
    async fn record(&self, _: &DatabaseTransaction, event: AuditEvent) -> Result<(), DbErr> {
        if *self.broken.lock().unwrap() {
            return Err(DbErr::Custom("told to fail".into()));
        }
        self.events.lock().unwrap().push(event);
        Ok(())
    }
}

struct Office {
    routes: Router,
    notebook: Arc<Notebook>,
}

fn office(bed: &Bed, scopes: &[Scope]) -> Office {
    let notebook = Arc::new(Notebook::default());
    let service = JobService::new(
        bed.tools.database.clone(),
        bed.tools.clock.clone(),
        notebook.clone(),
        bed.tools.queue.clone(),
    );
    let caller = Caller {
        actor: Actor::Key {
            id: Uuid::from_u128(1),
        },
        organisation: Uuid::from_u128(2),
        scopes: scopes.iter().copied().collect::<ScopeSet>(),
    };
    let (routes, _) = routes::<JobService>().split_for_parts();
    let routes = routes.with_state(service).layer(axum::Extension(caller));
    Office { routes, notebook }
}

impl Office {
    async fn ask(&self, method: Method, path: &str) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty())
            .unwrap();
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.ask(Method::GET, path).await
    }

    async fn post(&self, id: Uuid, verb: &str) -> (StatusCode, Value) {
        self.ask(Method::POST, &format!("/admin/jobs/{id}/{verb}"))
            .await
    }

    /// Action and target of each record.
    fn records(&self) -> Vec<(&'static str, String)> {
        let events = self.notebook.events.lock().unwrap();
        events
            .iter()
            .map(|event| (event.action, event.target.clone().unwrap().1))
            .collect()
    }
}

#[tokio::test]
async fn a_dead_job_is_found_and_tried_again() {
    for bed in beds().await {
        let office = office(&bed, &[Scope::InstanceManage]);
        let handler = acting(async |job| match job.attempt {
            1 if job.organisation.is_none() => Err(JobError::Lasting("wrong address".into())),
            _ => Ok(effect(&job)),
        });
        let worker = start(&bed.tools, handler);
        let id = bed.enqueue(job()).await;
        bed.until_state(id, JobState::Dead).await;
        worker.stop().await;
        let (status, page) = office.get("/admin/jobs?state=dead&kind=test.act").await;
        assert_eq!(
            (status, page["data"].as_array().unwrap().len()),
            (StatusCode::OK, 1)
        );
        assert_eq!(page["data"][0]["error"], "wrong address");
        let (status, again) = office.post(id, "retry").await;
        assert_eq!(
            (status, &again["state"]),
            (StatusCode::OK, &"waiting".into())
        );
        assert_eq!(again["attempts"], 0);
        let worker = start(&bed.tools, writing());
        bed.until_state(id, JobState::Done).await;
        worker.stop().await;
        assert_eq!(office.post(id, "retry").await.0, StatusCode::CONFLICT);
        assert_eq!(office.post(id, "cancel").await.0, StatusCode::CONFLICT);
        assert_eq!(office.records(), [("job.retry", id.to_string())]);
    }
}

#[tokio::test]
async fn a_cancelled_job_does_not_run_until_it_is_tried_again() {
    for bed in beds().await {
        let office = office(&bed, &[Scope::InstanceManage]);
        let id = bed.enqueue(job().unique("report")).await;
        let (status, cancelled) = office.post(id, "cancel").await;
        assert_eq!(
            (status, &cancelled["state"]),
            (StatusCode::OK, &"cancelled".into())
        );
        let replacement = bed.enqueue(job().unique("report")).await;
        assert_ne!(replacement, id, "the key is free again");
        let worker = start(&bed.tools, writing());
        bed.until_state(replacement, JobState::Done).await;
        assert_eq!(bed.job(id).await.state, JobState::Cancelled);
        office.post(id, "retry").await;
        bed.until_state(id, JobState::Done).await;
        worker.stop().await;
        let actions: Vec<_> = office.records().iter().map(|record| record.0).collect();
        assert_eq!(actions, ["job.cancel", "job.retry"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_job_that_is_cancelled_stops_and_writes_nothing() {
    /// Tells when it is dropped.
    struct Told(Arc<Notify>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    for bed in beds().await {
        let office = office(&bed, &[Scope::InstanceManage]);
        let ended = Arc::new(Notify::new());
        let ends = ended.clone();
        let handler = acting(move |_| {
            let told = Told(ends.clone());
            async move {
                let _told = told;
                pending().await
            }
        });
        let settings = WorkerSettings {
            lease: Duration::from_millis(300),
            ..settings()
        };
        let worker = start_with(&bed.tools, handler, Vec::new(), settings);
        let id = bed.enqueue(job()).await;
        bed.until_state(id, JobState::Running).await;
        assert_eq!(office.post(id, "retry").await.0, StatusCode::CONFLICT);
        assert_eq!(office.post(id, "cancel").await.0, StatusCode::OK);
        let heard = tokio::time::timeout(Duration::from_secs(10), ended.notified()).await;
        assert!(heard.is_ok(), "the work went on");
        worker.stop().await;
        assert_eq!(bed.job(id).await.state, JobState::Cancelled);
        assert!(bed.effects().await.is_empty());
    }
}

#[tokio::test]
async fn without_its_record_a_change_does_not_happen() {
    for bed in beds().await {
        let office = office(&bed, &[Scope::InstanceManage]);
        *office.notebook.broken.lock().unwrap() = true;
        let id = bed.enqueue(job()).await;
        assert_eq!(
            office.post(id, "cancel").await.0,
            StatusCode::INTERNAL_SERVER_ERROR
        );
        assert_eq!(bed.job(id).await.state, JobState::Waiting);
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_gaps() {
    for bed in beds().await {
        let office = office(&bed, &[Scope::InstanceManage]);
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.insert(0, bed.enqueue(job()).await.to_string());
            bed.clock.advance(Duration::from_millis(1));
        }
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let (status, page) = office.get(&format!("/admin/jobs?limit=2{after}")).await;
            assert_eq!(status, StatusCode::OK);
            let data = page["data"].as_array().unwrap();
            seen.extend(
                data.iter()
                    .map(|job| job["id"].as_str().unwrap().to_owned()),
            );
            let Some(next) = page["next"].as_str() else {
                break;
            };
            after = format!("&after={next}");
        }
        assert_eq!(seen, ids);
        let (_, none) = office.get("/admin/jobs?state=running").await;
        assert_eq!(none, serde_json::json!({ "data": [], "next": null }));
        let (status, one) = office.get(&format!("/admin/jobs/{}", ids[0])).await;
        assert_eq!(
            (status, &one["created_at"]),
            (StatusCode::OK, &"2026-01-01T00:00:00.004Z".into())
        );
    }
}

#[tokio::test]
async fn strangers_and_nonsense_are_refused() {
    for bed in beds().await {
        let id = bed.enqueue(job()).await;
        let stranger = office(&bed, &[Scope::KeysManage, Scope::UsageRead]);
        for path in [
            "/admin/jobs",
            "/admin/schedules",
            &format!("/admin/jobs/{id}"),
        ] {
            assert_eq!(stranger.get(path).await.0, StatusCode::FORBIDDEN, "{path}");
        }
        for verb in ["retry", "cancel"] {
            assert_eq!(stranger.post(id, verb).await.0, StatusCode::FORBIDDEN);
        }
        let office = office(&bed, &[Scope::InstanceManage]);
        for query in [
            "state=lost",
            "limit=0",
            "limit=201",
            "after=x",
            "kind=",
            "colour=red",
        ] {
            let (status, _) = office.get(&format!("/admin/jobs?{query}")).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        }
        let missing = Uuid::from_u128(9);
        assert_eq!(
            office.get(&format!("/admin/jobs/{missing}")).await.0,
            StatusCode::NOT_FOUND
        );
        assert_eq!(office.post(missing, "retry").await.0, StatusCode::NOT_FOUND);
        assert_eq!(office.get("/admin/jobs/x").await.0, StatusCode::BAD_REQUEST);
        assert_eq!(bed.job(id).await.state, JobState::Waiting);
        assert!(office.records().is_empty() && stranger.records().is_empty());
    }
}

#[tokio::test]
async fn schedules_are_listed() {
    for bed in beds().await {
        let schedules = vec![Schedule::new("nightly", "17 3 * * *", "jobs.purge").unwrap()];
        let worker = start_with(&bed.tools, writing(), schedules, settings());
        let office = office(&bed, &[Scope::InstanceManage]);
        let mut list = Value::Null;
        for _ in 0..200 {
            list = office.get("/admin/schedules").await.1;
            if list["data"][0].is_object() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        worker.stop().await;
        let expected = serde_json::json!({
            "name": "nightly", "kind": "jobs.purge", "cron": "17 3 * * *", "enabled": true,
            "next_at": "2026-01-01T03:17:00Z", "last_at": null
        });
        assert_eq!(list["data"], Value::Array(vec![expected]));
    }
}

#[tokio::test]
async fn old_jobs_are_deleted_each_in_its_time() {
    for bed in beds().await {
        let handler = acting(async |job| match job.organisation {
            None => Ok(effect(&job)),
            Some(_) => Err(JobError::Lasting("no".into())),
        });
        let worker = start(&bed.tools, handler);
        let done = bed.enqueue(job()).await;
        let dead = bed.enqueue(job().of(done)).await;
        bed.until_state(done, JobState::Done).await;
        bed.until_state(dead, JobState::Dead).await;
        worker.stop().await;
        let waiting = bed.enqueue(job()).await;
        let purge = PurgeJobs::new(
            bed.tools.database.clone(),
            bed.tools.clock.clone(),
            &JobSettings::default(),
        );
        let left = async || {
            let any = RunningJob {
                id: done,
                payload: Value::Null,
                attempt: 1,
                organisation: None,
            };
            purge.work(&any).await.unwrap();
            let rows = Entity::find()
                .all(bed.tools.database.reader())
                .await
                .unwrap();
            rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        let day = Duration::from_hours(24);
        bed.clock.advance(day * 7);
        assert_eq!(left().await.len(), 3);
        bed.clock.advance(Duration::from_secs(1));
        assert_eq!(left().await.len(), 2);
        bed.clock.advance(day * 83);
        assert_eq!(left().await, [waiting]);
    }
}
