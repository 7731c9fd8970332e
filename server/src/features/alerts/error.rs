//! Why a rule stays as it is.

use axum::http::StatusCode;
use sea_orm::{DbErr, SqlErr};
use uuid::Uuid;

use crate::http::Fault;

/// Why a rule stays as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AlertError {
    /// There is no such rule.
    #[error("there is no alert rule with the id {0}; list the rules to see their ids")]
    Unknown(Uuid),
    /// A rule about an organisation that does not exist would never fire.
    #[error(
        "there is no such organisation as the rule is about; leave `organisation` out for all of them"
    )]
    NoOrganisation,
    /// Evaluating them all would take too long.
    #[error("there are {0} alert rules already; remove some first")]
    TooMany(u64),
    /// Somebody else was faster.
    #[error(
        "the rule was changed by somebody else at the same time; get it and send your change again"
    )]
    Changed,
    /// A newer version of the program wrote it.
    #[error(
        "this version of the server does not know the rule's condition; send a whole new `condition`, or remove the rule"
    )]
    Unreadable,
    /// It has neither recipients nor a web hook.
    #[error("the rule tells nobody; give it `recipients` or a `webhook_url` first")]
    TellsNobody,
    /// The database failed.
    #[error(transparent)]
    Database(DbErr),
}

impl From<DbErr> for AlertError {
    /// The only key that a row refers to is its organisation's.
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => Self::NoOrganisation,
            _ => Self::Database(error),
        }
    }
}

impl From<AlertError> for Fault {
    fn from(error: AlertError) -> Self {
        let message = error.to_string();
        let conflict = |code| Self::new(StatusCode::CONFLICT, code, message.clone());
        match error {
            AlertError::Unknown(_) => Self::not_found(message),
            AlertError::NoOrganisation => conflict("no_such_organisation"),
            AlertError::TooMany(_) => conflict("too_many_rules"),
            AlertError::Changed => conflict("changed_meanwhile"),
            AlertError::Unreadable => conflict("rule_unreadable"),
            AlertError::TellsNobody => conflict("tells_nobody"),
            AlertError::Database(error) => error.into(),
        }
    }
}
