//! Work that is done later, by this process or another one.
//!
//! A use case queues a [`NewJob`] in its own transaction. A worker gives it to the [`JobHandler`]
//! of its kind, which does the slow work outside any transaction and hands back [`Effects`]: what
//! to write. The worker writes that in the transaction that marks the job as done.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use futures::future::BoxFuture;
use sea_orm::{DatabaseTransaction, DbErr};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// The queue of jobs.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Queues a job in the transaction that needs it: it is done if, and only if, that commits.
    /// Gives its id; when an unfinished job has the same unique key, that one's.
    ///
    /// # Errors
    /// When the database fails.
    async fn enqueue(&self, transaction: &DatabaseTransaction, job: NewJob) -> Result<Uuid, DbErr>;

    /// Tells this process's workers to look now. Call it after the commit; without it they find
    /// the job within a second.
    fn wake(&self) {}
}

/// Attempts before a job is given up: with the waits in between, after one to two and a half hours.
const ATTEMPTS: u32 = 12;

/// A job to queue.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// What to do, e.g. `mail.send`; a [`JobHandler`] of that kind does it.
    pub kind: &'static str,
    /// What the handler needs to know. Never a secret.
    pub payload: Value,
    /// At most one unfinished job has this key. One that already runs counts too and may not see
    /// what changed since it began: where that matters, put the version of the change in the key.
    pub unique_key: Option<String>,
    /// How long to wait before it may run.
    pub delay: Duration,
    /// Most attempts, at least 1.
    pub max_attempts: u32,
    /// Whose it is; none for the server's own.
    pub organisation: Option<Uuid>,
}

impl NewJob {
    /// A job that may run at once.
    pub fn new(kind: &'static str, payload: Value) -> Self {
        Self {
            kind,
            payload,
            unique_key: None,
            delay: Duration::ZERO,
            max_attempts: ATTEMPTS,
            organisation: None,
        }
    }

    /// The same, whose handler reads this.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn carrying(kind: &'static str, payload: &impl Serialize) -> Result<Self, DbErr> {
        let payload = serde_json::to_value(payload);
        let payload = payload.map_err(|error| DbErr::Json(error.to_string()))?;
        Ok(Self::new(kind, payload))
    }

    /// At most one unfinished job has this key.
    #[must_use]
    pub fn unique(mut self, key: impl Into<String>) -> Self {
        self.unique_key = Some(key.into());
        self
    }

    /// Not before this time has passed.
    #[cfg(test)]
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Most attempts, at least 1.
    #[must_use]
    pub fn attempts(mut self, most: u32) -> Self {
        self.max_attempts = most;
        self
    }

    /// Whose it is.
    #[must_use]
    pub fn of(mut self, organisation: Uuid) -> Self {
        self.organisation = Some(organisation);
        self
    }
}

/// Does the jobs of one kind.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// The kind.
    fn kind(&self) -> &'static str;

    /// Longest that one attempt may take; a longer one is stopped and counts as failed.
    fn time_limit(&self) -> Duration {
        Duration::from_mins(5)
    }

    /// Does the job, outside any transaction, so that slow work holds up no other writer.
    ///
    /// What it does elsewhere (mail, web hooks) may happen more than once: a worker can be killed
    /// after it and before the job is marked as done. What it must write in the database exactly
    /// once belongs in the [`Effects`] it gives back.
    ///
    /// # Errors
    /// Why it failed: a passing failure is tried again later, a lasting one is not.
    async fn work(&self, job: &RunningJob) -> Result<Effects, JobError>;
}

type Write =
    dyn for<'a> FnOnce(&'a DatabaseTransaction) -> BoxFuture<'a, Result<(), JobError>> + Send;

/// What a job writes in the transaction that marks it as done: both happen, or neither.
pub struct Effects(Option<Box<Write>>);

impl Effects {
    /// Nothing to write.
    pub fn none() -> Self {
        Self(None)
    }

    /// Writes with this function, e.g. `Effects::new(move |transaction| Box::pin(async move {…}))`.
    /// It should be quick: SQLite has one writer at a time.
    pub fn new(
        write: impl for<'a> FnOnce(&'a DatabaseTransaction) -> BoxFuture<'a, Result<(), JobError>>
        + Send
        + 'static,
    ) -> Self {
        Self(Some(Box::new(write)))
    }

    /// Writes.
    ///
    /// # Errors
    /// Why it failed; then the transaction must not be committed.
    pub async fn apply(self, transaction: &DatabaseTransaction) -> Result<(), JobError> {
        match self.0 {
            Some(write) => write(transaction).await,
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Effects {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.0.is_some() { "some" } else { "none" };
        write!(formatter, "Effects({what})")
    }
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
    /// Whose it is; none for the server's own.
    pub organisation: Option<Uuid>,
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
