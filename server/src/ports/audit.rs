//! The record of what was done.

use async_trait::async_trait;
use sea_orm::{DatabaseTransaction, DbErr};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    access::{Actor, Requester},
    http::Origin,
};

/// Writes down what happened, in the transaction that makes it happen: there is neither a change
/// without its record nor a record without its change.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Appends an event. Call it last before the commit: others wait for their turn in the chain.
    /// Details that look like secrets are not kept, see [`crate::features::audit`].
    ///
    /// # Errors
    /// When the database fails; then the transaction must not be committed.
    async fn record(
        &self,
        transaction: &DatabaseTransaction,
        event: AuditEvent,
    ) -> Result<(), DbErr>;
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuditCategory {
    /// Logins, failures, credentials, lockouts.
    Security,
    /// What people and programs did to data.
    User,
    /// What the server did or what was done to its settings.
    System,
}

impl AuditCategory {
    /// As in JSON and in rows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::User => "user",
            Self::System => "system",
        }
    }
}

/// Whether it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuditOutcome {
    /// It was.
    Success,
    /// It failed or was refused.
    Failure,
}

impl AuditOutcome {
    /// As in JSON and in rows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

/// Something that happened. Never put a secret in it.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    /// What kind of thing.
    pub category: AuditCategory,
    /// What, as `noun.verb`, e.g. `session.start`.
    pub action: &'static str,
    /// Whether it was done.
    pub outcome: AuditOutcome,
    /// Who did it; nobody for what the server does by itself or before anybody is known.
    pub actor: Option<Actor>,
    /// In which organisation.
    pub organisation: Option<Uuid>,
    /// On what: its kind and id, e.g. `("user", "0198…")`.
    pub target: Option<(&'static str, String)>,
    /// From where.
    pub origin: Option<Origin>,
    /// Anything else worth knowing.
    pub details: Map<String, Value>,
}

impl AuditEvent {
    /// A success that only its action tells about.
    pub fn new(category: AuditCategory, action: &'static str) -> Self {
        Self {
            category,
            action,
            outcome: AuditOutcome::Success,
            actor: None,
            organisation: None,
            target: None,
            origin: None,
            details: Map::new(),
        }
    }

    /// It failed or was refused.
    #[must_use]
    pub fn failed(mut self) -> Self {
        self.outcome = AuditOutcome::Failure;
        self
    }

    /// Who did it and in which organisation.
    #[must_use]
    pub fn by(mut self, actor: Actor, organisation: Option<Uuid>) -> Self {
        self.actor = Some(actor);
        self.organisation = organisation;
        self
    }

    /// Who asked for it, where and from where.
    #[must_use]
    pub fn asked_by(self, requester: &Requester) -> Self {
        let caller = &requester.caller;
        self.by(caller.actor, Some(caller.organisation))
            .from(&requester.origin)
    }

    /// On what.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "ids are small and read better without a reference"
    )]
    pub fn on(mut self, kind: &'static str, id: impl ToString) -> Self {
        self.target = Some((kind, id.to_string()));
        self
    }

    /// From where.
    #[must_use]
    pub fn from(mut self, origin: &Origin) -> Self {
        self.origin = Some(origin.clone());
        self
    }

    /// Anything else worth knowing.
    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }
}
