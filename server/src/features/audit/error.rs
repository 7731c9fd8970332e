//! Why the log cannot be worked on.

use super::ChainFault;
use crate::http::Fault;

/// Why the log cannot be worked on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// Removing old events would remove the traces too.
    #[error(
        "the audit log is broken: {}; nothing was removed, run `locutor audit verify` and find out who wrote to the database",
        .0.message
    )]
    Broken(ChainFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}

impl From<AuditError> for Fault {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Broken(_) => Self::internal(error),
            AuditError::Database(error) => error.into(),
        }
    }
}
