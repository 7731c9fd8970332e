//! Work that is done later, by this process or another one.

use std::time::Duration;

use async_trait::async_trait;
use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::Value;
use uuid::Uuid;

/// The queue of jobs.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Queues a job in the transaction that needs it: it is done if, and only if, that commits.
    /// Gives its id; when a job with the same unique key waits already, that one's.
    ///
    /// # Errors
    /// When the database fails.
    async fn enqueue(&self, transaction: &DatabaseTransaction, job: NewJob) -> Result<Uuid, DbErr>;
}

/// A job to queue.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// What to do, e.g. `mail.send`; a [`JobHandler`] of that kind does it.
    pub kind: &'static str,
    /// What the handler needs to know. Never a secret.
    pub payload: Value,
    /// At most one job with this key waits at a time.
    pub unique_key: Option<String>,
    /// How long to wait before it may run.
    pub delay: Duration,
}

impl NewJob {
    /// A job that may run at once.
    pub fn new(kind: &'static str, payload: Value) -> Self {
        Self {
            kind,
            payload,
            unique_key: None,
            delay: Duration::ZERO,
        }
    }
}

/// Does the jobs of one kind.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// The kind.
    fn kind(&self) -> &'static str;

    /// Does the job. What it writes through `transaction` is committed together with the job's
    /// completion, so that a worker that is killed in between leaves neither; effects elsewhere
    /// (mail, web hooks) happen at least once.
    ///
    /// # Errors
    /// Why it failed: a passing failure is tried again later, a lasting one is not.
    async fn run(
        &self,
        transaction: &DatabaseTransaction,
        job: &RunningJob,
    ) -> Result<(), JobError>;
}

/// A job in the hands of its handler.
#[derive(Debug, Clone)]
pub struct RunningJob {
    /// The job.
    pub id: Uuid,
    /// What the handler needs to know.
    pub payload: Value,
    /// Which attempt this is, from 1.
    pub attempt: u32,
}

/// Why a job failed.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// It may succeed later.
    #[error("{0}")]
    Passing(String),
    /// It will never succeed: it goes to the dead letters at once.
    #[error("{0}")]
    Lasting(String),
}

impl From<DbErr> for JobError {
    fn from(error: DbErr) -> Self {
        Self::Passing(error.to_string())
    }
}
