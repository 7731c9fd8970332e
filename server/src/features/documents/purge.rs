//! Removes the documents of organisations that are gone.

use async_trait::async_trait;
use serde::Deserialize;
use uuid::Uuid;

use super::DocumentService;
use crate::{
    features::organisations::PURGE,
    ports::{Effects, JobError, JobHandler, RunningJob},
};

/// Does so.
pub struct PurgeJob(DocumentService);

#[derive(Deserialize)]
struct Gone {
    organisation: Uuid,
}

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
        let gone: Gone = serde_json::from_value(job.payload.clone())
            .map_err(|error| JobError::Lasting(error.to_string()))?;
        let documents = self.0.clone();
        Ok(Effects::new(move |transaction| {
            Box::pin(async move {
                documents.remove_of(transaction, gone.organisation).await?;
                Ok(())
            })
        }))
    }
}
