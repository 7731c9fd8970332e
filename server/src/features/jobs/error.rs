//! Why an administrator's wish about a job cannot be granted.

use axum::http::StatusCode;
use sea_orm::{ActiveEnum, DbErr};

use crate::{entity::job::JobState, http::Fault};

/// Why an administrator's wish about a job cannot be granted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobAdministrationError {
    /// It runs, or is done.
    #[error("the job is {}; only a job that is waiting, dead or cancelled can be tried again", .0.to_value())]
    NotRetryable(JobState),
    /// It is over.
    #[error("the job is {}; only a job that is waiting or running can be cancelled", .0.to_value())]
    NotCancellable(JobState),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<JobAdministrationError> for Fault {
    fn from(error: JobAdministrationError) -> Self {
        let conflict = |code| Self::new(StatusCode::CONFLICT, code, error.to_string());
        match error {
            JobAdministrationError::NotRetryable(_) => conflict("job_not_retryable"),
            JobAdministrationError::NotCancellable(_) => conflict("job_not_cancellable"),
            JobAdministrationError::Database(error) => error.into(),
        }
    }
}
