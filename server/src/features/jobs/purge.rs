//! The job that deletes old jobs.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{queue::milliseconds, store};
use crate::{
    config::JobSettings,
    database::Database,
    entity::job::JobState,
    ports::{Clock, Effects, JobError, JobHandler, RunningJob},
};

/// Jobs that one statement deletes: few, so that no writer waits long.
const BATCH: u64 = 500;
const DAY: Duration = Duration::from_hours(24);

/// Deletes jobs that finished long ago.
pub struct PurgeJobs {
    database: Database,
    clock: Arc<dyn Clock>,
    keep: Duration,
    keep_dead: Duration,
}

impl PurgeJobs {
    /// The kind of this job.
    pub const KIND: &str = "jobs.purge";

    /// Keeps jobs as long as the settings say.
    pub fn new(database: Database, clock: Arc<dyn Clock>, settings: &JobSettings) -> Self {
        Self {
            database,
            clock,
            keep: DAY * settings.keep_days,
            keep_dead: DAY * settings.keep_dead_days,
        }
    }

    async fn delete(&self, state: JobState, keep: Duration) -> Result<u64, JobError> {
        let before = self
            .clock
            .now()
            .as_millisecond()
            .saturating_sub(milliseconds(keep));
        let mut deleted = 0;
        loop {
            let some = store::delete_finished(self.database.writer(), state, before, BATCH).await?;
            deleted += some;
            if some < BATCH {
                return Ok(deleted);
            }
        }
    }
}

#[async_trait]
impl JobHandler for PurgeJobs {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    /// Deleting twice does no harm, so the rows go in many small statements, not as effects.
    async fn work(&self, _job: &RunningJob) -> Result<Effects, JobError> {
        let mut deleted = self.delete(JobState::Done, self.keep).await?;
        deleted += self.delete(JobState::Cancelled, self.keep).await?;
        deleted += self.delete(JobState::Dead, self.keep_dead).await?;
        tracing::info!(deleted, "old jobs were deleted");
        Ok(Effects::none())
    }
}
