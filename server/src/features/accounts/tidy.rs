//! Removes what nobody needs any more: registrations that were not proved, tokens and counts that
//! are too old, sessions that ended long ago.

use std::sync::Arc;

use async_trait::async_trait;

use super::{one_time_token, store};
use crate::{
    config::Auth,
    features::sessions::Families,
    foundation::{Foundation, HOUR},
    ports::{Effects, JobError, JobHandler, RunningJob},
};

/// How long things that are over are kept, so that people see in a list what ended lately.
const KEPT: i64 = 30 * 24 * HOUR;

/// Does so.
pub struct TidyJob {
    foundation: Foundation,
    settings: Arc<Auth>,
    families: Families,
}

impl TidyJob {
    /// Kind of the job, and name of its schedule.
    pub const KIND: &'static str = "accounts.tidy";

    /// Works on the rows of the foundation.
    pub fn new(foundation: Foundation, settings: Arc<Auth>, families: Families) -> Self {
        Self {
            foundation,
            settings,
            families,
        }
    }
}

#[async_trait]
impl JobHandler for TidyJob {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    async fn work(&self, _job: &RunningJob) -> Result<Effects, JobError> {
        let now = self.foundation.now();
        let unproved = now - i64::from(self.settings.verification_hours) * HOUR;
        let families = self.families.clone();
        Ok(Effects::new(move |transaction| {
            Box::pin(async move {
                store::remove_unverified(transaction, unproved).await?;
                one_time_token::remove_expired(transaction, now - KEPT).await?;
                families.tidy(transaction, now - KEPT).await?;
                Ok(())
            })
        }))
    }
}
