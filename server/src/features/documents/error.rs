//! Why a document cannot be stored.

use axum::http::StatusCode;

use crate::http::{Fault, FieldError, caching::precondition};

/// Why a document cannot be stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// Larger than configured.
    #[error(
        "the document has {bytes} bytes; the limit is {limit} (`limits.document_bytes` in the server's configuration), so split it"
    )]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// Most bytes allowed.
        limit: u64,
    },
    /// Its id and its external id belong to two different documents.
    #[error(
        "the external id `{external_id}` belongs to another document; delete that one first or use another external id"
    )]
    Conflict {
        /// The external id.
        external_id: String,
    },
    /// Its id belongs to a document of another organisation.
    #[error("there is no document with this id; leave the id out to get a new one")]
    TakenId,
    /// It is no longer the one that the caller saw.
    #[error("the document was changed since it was read")]
    Changed,
    /// The text cannot be cut into passages.
    #[error(transparent)]
    Unusable(#[from] locutor::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}

impl From<DocumentError> for Fault {
    fn from(error: DocumentError) -> Self {
        let message = error.to_string();
        match error {
            DocumentError::TooLarge { .. } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "document_too_large", message)
            }
            DocumentError::Conflict { .. } => {
                let mut fault =
                    Self::new(StatusCode::CONFLICT, "external_id_taken", message.clone());
                fault.fields.push(FieldError {
                    field: "external_id".into(),
                    message,
                });
                fault
            }
            DocumentError::TakenId => Self::not_found(message),
            DocumentError::Changed => precondition::failed(),
            DocumentError::Unusable(error) => Self::from(error).into_unprocessable(),
            DocumentError::Database(error) => error.into(),
        }
    }
}
