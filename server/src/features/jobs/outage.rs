//! The database is away: say so once, wait, go on.

use std::{
    future::Future,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use sea_orm::DbErr;
use tokio::time::{Instant, sleep};

/// First wait before the database is tried again.
const SHORTEST: Duration = Duration::from_millis(200);
/// Longest wait.
const LONGEST: Duration = Duration::from_secs(5);
/// How long the outcome of a finished attempt is kept for a database that is away. After that
/// the job's lease ran out long ago, and it is better done again.
const PATIENCE: Duration = Duration::from_mins(10);

/// Whether the database is away, as far as a worker knows.
#[derive(Debug, Default)]
pub struct Outage(AtomicBool);

impl Outage {
    /// It failed.
    pub fn begin(&self, error: &DbErr) {
        if self.0.swap(true, Ordering::Relaxed) {
            tracing::debug!(%error, "jobs: the database still fails");
        } else {
            tracing::warn!(%error, "jobs: the database fails; work pauses until it answers again");
        }
    }

    /// It answered.
    pub fn end(&self) {
        if self.0.swap(false, Ordering::Relaxed) {
            tracing::info!("jobs: the database answers again; work goes on");
        }
    }

    /// Repeats an operation until the database does it; `None` when it was away for too long.
    pub async fn outlast<T, F>(&self, mut operation: impl FnMut() -> F) -> Option<T>
    where
        F: Future<Output = Result<T, DbErr>>,
    {
        let started = Instant::now();
        let mut pause = Pause::default();
        loop {
            match operation().await {
                Ok(value) => {
                    self.end();
                    return Some(value);
                }
                Err(error) => self.begin(&error),
            }
            if started.elapsed() > PATIENCE {
                return None;
            }
            sleep(pause.next()).await;
        }
    }
}

/// Growing waits.
#[derive(Debug)]
pub struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(SHORTEST)
    }
}

impl Pause {
    /// The next wait, twice as long as the one before.
    pub fn next(&mut self) -> Duration {
        let wait = self.0;
        self.0 = (wait * 2).min(LONGEST);
        wait
    }

    /// Starts again with the shortest.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}
