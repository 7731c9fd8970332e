//! Why the rules stay as they are.

use axum::http::StatusCode;
use uuid::Uuid;

use crate::http::Fault;

/// Why the rules stay as they are.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessRuleError {
    /// The caller could not undo it.
    #[error(
        "after this change the rules would refuse your own address; add an `allow` rule for it first, or send `force` if that is what you want"
    )]
    LocksOut,
    /// There is such a rule.
    #[error("there is such a rule already; list the rules to see it")]
    Exists,
    /// So many that each request would suffer.
    #[error("there are {0} rules already; join networks or remove some first")]
    TooMany(usize),
    /// Nobody knows the countries of addresses.
    #[error(
        "rules about countries need an MMDB file that knows them; set `access.country_database` in the server's configuration"
    )]
    NoCountries,
    /// There is no such rule.
    #[error(
        "there is no access rule with the id {0}; rules of the configuration file are changed there"
    )]
    Unknown(Uuid),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}

impl From<AccessRuleError> for Fault {
    fn from(error: AccessRuleError) -> Self {
        let message = error.to_string();
        match error {
            AccessRuleError::LocksOut => Self::new(StatusCode::CONFLICT, "would_lock_out", message),
            AccessRuleError::Exists => Self::new(StatusCode::CONFLICT, "rule_exists", message),
            AccessRuleError::TooMany(_) => {
                Self::new(StatusCode::CONFLICT, "too_many_rules", message)
            }
            AccessRuleError::NoCountries => Self::unprocessable("country", message),
            AccessRuleError::Unknown(_) => Self::not_found(message),
            AccessRuleError::Database(error) => error.into(),
        }
    }
}
