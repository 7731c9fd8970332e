//! Jobs and schedules as administrators see them.

use garde::Validate;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    entity::{
        job::{self, JobState},
        schedule,
    },
    foundation::timestamp,
    http::Line,
};

/// Which jobs to list.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobQuery {
    /// Only jobs in this state.
    #[garde(skip)]
    #[param(example = "dead")]
    pub state: Option<JobState>,
    /// Only jobs of this kind.
    #[garde(length(chars, min = 1, max = 100))]
    #[param(value_type = Option<String>, format = "line", min_length = 1, max_length = 100, example = "mail.send")]
    pub kind: Option<Line>,
    /// Most jobs to return, 1 to 200.
    #[serde(default = "default_limit")]
    #[garde(range(min = 1, max = 200))]
    #[param(default = 50, minimum = 1, maximum = 200)]
    pub limit: u64,
    /// `next` of the page before; absent for the first page.
    #[garde(skip)]
    #[param(value_type = Option<String>, format = "uuid")]
    pub after: Option<Uuid>,
}

fn default_limit() -> u64 {
    50
}

/// A page of jobs, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobPage {
    /// The jobs.
    pub data: Vec<Job>,
    /// Give this as `after` for the next page; absent on the last one.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub next: Option<Uuid>,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019b8f3e-5d2a-7c11-9d0e-3f6a2b1c4d5e", "kind": "mail.send", "state": "dead",
    "payload": {"message": "019b8f3e-5c00-7a00-8000-000000000001"}, "unique_key": null,
    "attempts": 12, "max_attempts": 12, "due_at": "2026-11-26T03:10:00Z", "lease_until": null,
    "worker": "4711:019b8f00-0000-7000-8000-000000000002",
    "error": "the mail could not be handed over: connection refused", "organisation": null,
    "created_at": "2026-11-26T01:00:00Z", "finished_at": "2026-11-26T03:10:02Z"
}))]
pub struct Job {
    /// Identifies it.
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    /// What is done.
    pub kind: String,
    /// Where it stands.
    pub state: JobState,
    /// What its handler knows.
    pub payload: serde_json::Value,
    /// No other unfinished job has the same.
    pub unique_key: Option<String>,
    /// Attempts that were begun.
    pub attempts: i32,
    /// Most attempts.
    pub max_attempts: i32,
    /// Not before this time.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// From then on, another worker may take it over.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lease_until: Option<Timestamp>,
    /// The worker that has it or had it last.
    pub worker: Option<String>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Whose it is; absent for the server's own.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub organisation: Option<Uuid>,
    /// When it was queued.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was done, given up or cancelled.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

impl From<job::Model> for Job {
    fn from(row: job::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            state: row.state,
            payload: row.payload,
            unique_key: row.unique_key,
            attempts: row.attempts,
            max_attempts: row.max_attempts,
            due_at: timestamp(row.due_at),
            lease_until: row.lease_until.map(timestamp),
            worker: row.worker,
            error: row.error,
            organisation: row.organisation,
            created_at: timestamp(row.created_at),
            finished_at: row.finished_at.map(timestamp),
        }
    }
}

/// All schedules.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduleList {
    /// By name.
    pub data: Vec<ScheduleView>,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Schedule, example = json!({
    "name": "jobs.purge", "kind": "jobs.purge", "cron": "17 3 * * *", "enabled": true,
    "next_at": "2026-11-27T03:17:00Z", "last_at": "2026-11-26T03:17:00Z"
}))]
pub struct ScheduleView {
    /// Identifies it.
    pub name: String,
    /// The kind of job that it queues.
    pub kind: String,
    /// Minute, hour, day of the month, month, day of the week, in UTC.
    pub cron: String,
    /// Whether it fires.
    pub enabled: bool,
    /// When it fires next.
    #[schema(value_type = String, format = DateTime)]
    pub next_at: Timestamp,
    /// When it fired last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Timestamp>,
}

impl From<schedule::Model> for ScheduleView {
    fn from(row: schedule::Model) -> Self {
        Self {
            name: row.name,
            kind: row.kind,
            cron: row.cron,
            enabled: row.enabled,
            next_at: timestamp(row.next_at),
            last_at: row.last_at.map(timestamp),
        }
    }
}
