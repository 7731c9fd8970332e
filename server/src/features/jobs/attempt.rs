//! One attempt at a job: from the claim to its end, whatever that is.
//!
//! work (watched: time limit, panic, lease renewed) -> a transaction that marks the job as done
//! if the lease still holds, applies the effects, commits. A failure is written down instead, with
//! the time of the next attempt or as a dead letter. A database that is away delays each of these.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use metrics::{counter, histogram};
use sea_orm::{DatabaseTransaction, DbErr};
use tokio::{
    task::{JoinError, JoinSet},
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};
use tracing::Instrument;

use super::{
    backoff,
    outage::Outage,
    queue::milliseconds,
    store::{self, Held},
};
use crate::{
    database::Database,
    entity::job::Model,
    ports::{Clock, Effects, JobError, JobHandler, Randomness, RunningJob},
};

/// Most characters that are kept of an error.
const MOST_ERROR: usize = 2000;

/// What all attempts of a worker use.
pub struct Surroundings {
    /// Rows.
    pub database: Database,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub randomness: Arc<dyn Randomness>,
    /// How long a claim holds without a heartbeat; there are three in this time.
    pub lease: Duration,
    /// Whether the database is away.
    pub outage: Arc<Outage>,
}

/// A claimed job with its handler.
pub struct Attempt {
    /// What it uses.
    pub surroundings: Arc<Surroundings>,
    /// Who does it.
    pub handler: Arc<dyn JobHandler>,
    /// The job as it was before the claim.
    pub job: Model,
    /// The claim.
    pub held: Held,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The job is done.
    Done,
    /// It failed and will be tried again.
    Postponed,
    /// It failed for good.
    Dead,
    /// The job was cancelled, or its lease ran out and another worker took it over.
    Lost,
    /// The database was away for too long to write down how it ended.
    Unrecorded,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Postponed => "postponed",
            Self::Dead => "dead",
            Self::Lost => "lost",
            Self::Unrecorded => "unrecorded",
        }
    }
}

impl Attempt {
    /// Does it.
    pub async fn run(self) {
        let span = tracing::info_span!(
            "job", id = %self.job.id, kind = self.job.kind, attempt = self.number()
        );
        let started = Instant::now();
        let outcome = self.carry_out().instrument(span.clone()).await;
        let elapsed = started.elapsed();
        span.in_scope(|| tracing::debug!(outcome = outcome.name(), ?elapsed, "the job ended"));
        let kind = self.job.kind;
        counter!("locutor_jobs_total", "kind" => kind.clone(), "outcome" => outcome.name())
            .increment(1);
        histogram!("locutor_job_duration_seconds", "kind" => kind).record(elapsed);
    }

    /// From 1.
    fn number(&self) -> u32 {
        u32::try_from(self.job.attempts)
            .unwrap_or(0)
            .saturating_add(1)
    }

    async fn carry_out(&self) -> Outcome {
        let worked = tokio::select! {
            worked = self.work() => worked,
            () = self.keep() => return lost(),
        };
        let ended = match worked {
            Ok(effects) => self.complete(effects).await,
            Err(error) => Err(error),
        };
        match ended {
            Ok(outcome) => outcome,
            Err(error) => self.fail(error).await,
        }
    }

    /// Runs the handler in a task of its own: neither its panic nor its blocking hurts us. The
    /// task ends with this future.
    async fn work(&self) -> Result<Effects, JobError> {
        let handler = self.handler.clone();
        let limit = handler.time_limit();
        let job = RunningJob {
            id: self.job.id,
            payload: self.job.payload.clone(),
            attempt: self.number(),
            organisation: self.job.organisation,
        };
        let mut task = JoinSet::new();
        task.spawn(async move { handler.work(&job).await }.in_current_span());
        match timeout(limit, task.join_next()).await {
            Ok(Some(Ok(worked))) => worked,
            Ok(Some(Err(error))) => Err(JobError::Passing(panicked(error))),
            Ok(None) => Err(JobError::Passing("the job's task is gone".to_owned())),
            Err(_) => Err(too_long(limit)),
        }
    }

    /// Renews the lease until it is lost.
    async fn keep(&self) {
        let Surroundings { lease, outage, .. } = &*self.surroundings;
        let rhythm = *lease / 3;
        let mut beats = interval_at(Instant::now() + rhythm, rhythm);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beats.tick().await;
            let until = self.now().saturating_add(milliseconds(*lease));
            match store::renew(self.surroundings.database.writer(), self.held, until).await {
                Ok(true) => outage.end(),
                Ok(false) => return,
                // Work goes on: whether the lease still holds is checked again at the end.
                Err(error) => outage.begin(&error),
            }
        }
    }

    /// Marks the job as done and writes its effects, both or neither.
    async fn complete(&self, effects: Effects) -> Result<Outcome, JobError> {
        let transaction = match self.surroundings.outage.outlast(|| self.begin()).await {
            Some(Some(transaction)) => transaction,
            Some(None) => return Ok(lost()),
            None => return Ok(Outcome::Unrecorded),
        };
        // Within the time of the lease: a transaction that hangs must not hold up all writers.
        let limit = self.surroundings.lease;
        let writing = AssertUnwindSafe(timeout(limit, effects.apply(&transaction)));
        let written = match writing.catch_unwind().await {
            Ok(Ok(written)) => written,
            Ok(Err(_)) => Err(too_long(limit)),
            Err(panic) => Err(JobError::Passing(panic_text(panic.as_ref()))),
        };
        if let Err(error) = written {
            // A rollback that fails leaves it to the database to notice that nobody is there.
            transaction.rollback().await.ok();
            return Err(error);
        }
        transaction.commit().await?;
        Ok(Outcome::Done)
    }

    /// A transaction in which the job is done and no longer anybody else's; `None` when it is.
    async fn begin(&self) -> Result<Option<DatabaseTransaction>, DbErr> {
        let transaction = self.surroundings.database.begin().await?;
        if store::complete(&transaction, self.held, self.now()).await? {
            return Ok(Some(transaction));
        }
        transaction.rollback().await?;
        Ok(None)
    }

    /// Writes down a failure.
    async fn fail(&self, error: JobError) -> Outcome {
        let last = i64::from(self.number()) >= i64::from(self.job.max_attempts);
        let (text, lasting) = match error {
            JobError::Passing(text) => (text, last),
            JobError::Lasting(text) => (text, true),
        };
        let text = stored(&text);
        if lasting {
            tracing::error!(
                error = text,
                "the job failed for good; `POST /admin/jobs/{{id}}/retry` tries it again"
            );
            return self.bury(&text).await;
        }
        let wait = backoff::wait(self.number(), self.surroundings.randomness.as_ref());
        tracing::warn!(error = text, ?wait, "the job failed, will try again");
        self.postpone(&text, wait).await
    }

    async fn bury(&self, error: &str) -> Outcome {
        let writer = self.surroundings.database.writer();
        let bury = || store::bury(writer, self.held, error, self.now());
        recorded(self.surroundings.outage.outlast(bury).await, Outcome::Dead)
    }

    async fn postpone(&self, error: &str, wait: Duration) -> Outcome {
        let writer = self.surroundings.database.writer();
        let due_at = self.now().saturating_add(milliseconds(wait));
        let postpone = || store::postpone(writer, self.held, error, due_at);
        recorded(
            self.surroundings.outage.outlast(postpone).await,
            Outcome::Postponed,
        )
    }

    fn now(&self) -> i64 {
        self.surroundings.clock.now().as_millisecond()
    }
}

fn recorded(changed: Option<bool>, outcome: Outcome) -> Outcome {
    match changed {
        Some(true) => outcome,
        Some(false) => lost(),
        None => Outcome::Unrecorded,
    }
}

fn lost() -> Outcome {
    tracing::warn!(
        "the job was cancelled or taken over by another worker; nothing of it was written"
    );
    Outcome::Lost
}

fn too_long(limit: Duration) -> JobError {
    JobError::Passing(format!(
        "it took longer than {} s and was stopped",
        limit.as_secs_f32()
    ))
}

fn panicked(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => panic_text(panic.as_ref()),
        Err(error) => error.to_string(),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!(
        "the handler panicked: {}",
        text.unwrap_or("without a message")
    )
}

/// An error as a row can hold it: PostgreSQL refuses the character NUL.
fn stored(error: &str) -> String {
    error
        .chars()
        .filter(|character| *character != '\0')
        .take(MOST_ERROR)
        .collect()
}
