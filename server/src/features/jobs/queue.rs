//! Puts jobs into the queue.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use sea_orm::{DatabaseTransaction, DbErr};
use tokio::sync::Notify;
use uuid::Uuid;

use super::store;
use crate::{
    entity::job::{JobState, Model},
    ports::{Clock, Jobs, NewJob, Randomness},
};

/// Tries to find or make the one job of a unique key. More than one is needed only when that job
/// finishes between two statements.
const TRIES: usize = 5;

/// The queue in the database; clones wake the same workers.
#[derive(Clone)]
pub struct JobQueue {
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    wake: Arc<Notify>,
}

impl JobQueue {
    /// A queue with the given time and chance.
    pub fn new(clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self {
            clock,
            randomness,
            wake: Arc::default(),
        }
    }

    /// Resolves when there is something new.
    pub(super) async fn news(&self) {
        self.wake.notified().await;
    }

    fn row(&self, job: NewJob) -> Model {
        let now = self.clock.now().as_millisecond();
        Model {
            id: self.randomness.identifier(self.clock.as_ref()),
            kind: job.kind.to_owned(),
            payload: job.payload,
            state: JobState::Waiting,
            unique_key: job.unique_key,
            attempts: 0,
            max_attempts: i32::try_from(job.max_attempts.max(1)).unwrap_or(i32::MAX),
            due_at: now.saturating_add(milliseconds(job.delay)),
            lease: None,
            lease_until: None,
            worker: None,
            error: None,
            organisation: job.organisation,
            created_at: now,
            finished_at: None,
        }
    }
}

/// A time span as in rows.
pub(super) fn milliseconds(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[async_trait]
impl Jobs for JobQueue {
    async fn enqueue(&self, transaction: &DatabaseTransaction, job: NewJob) -> Result<Uuid, DbErr> {
        let row = self.row(job);
        for _ in 0..TRIES {
            if store::insert(transaction, row.clone()).await? {
                return Ok(row.id);
            }
            let Some(key) = &row.unique_key else { break };
            if let Some(other) = store::unfinished(transaction, key).await? {
                return Ok(other);
            }
        }
        Err(DbErr::RecordNotInserted)
    }

    fn wake(&self) {
        self.wake.notify_one();
    }
}
