//! Removes the documents of organisations that are gone.

use async_trait::async_trait;

use super::DocumentService;
use crate::{
    features::organisations::PURGE,
    ports::{Effects, JobError, JobHandler, RunningJob},
};

/// Does so.
pub struct PurgeJob(DocumentService);

impl PurgeJob {
    /// Removes from these documents.
    pub fn new(documents: DocumentService) -> Self {
        Self(documents)
    }
}

#[async_trait]
impl JobHandler for PurgeJob {
    fn kind(&self) -> &'static str {
        PURGE
    }

    async fn work(&self, job: &RunningJob) -> Result<Effects, JobError> {
        let Some(organisation) = job.organisation else {
            return Err(JobError::Lasting("of which organisation?".to_owned()));
        };
        self.0.remove_of(organisation).await?;
        Ok(Effects::none())
    }
}
