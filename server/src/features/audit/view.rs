//! An event as it is shown.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::chain::hexadecimal;
use crate::{entity::audit_event, foundation::timestamp};

/// An event of the audit log.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "sequence": 4711, "id": "0199c3a4-5d00-7c21-8f2e-3f6b1f0a9e11", "at": "2026-11-26T09:30:00Z",
    "category": "security", "action": "session.end", "outcome": "success", "actor_kind": "user",
    "actor_id": "0199c3a4-5c00-7a00-8000-000000000001", "organisation": "0199c3a4-5c00-7a00-8000-000000000002",
    "target_kind": "session", "target_id": "0199c3a4-5d00-7c21-8f2e-3f6b1f0a9e12", "address": "203.0.113.7",
    "agent": "curl/8.5.0", "request_id": "0199c3a4-5cff-7d10-a1b2-c3d4e5f60718", "details": {"reason": "logout"},
    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
}))]
pub struct Event {
    /// Its place in the log.
    #[schema(example = 4711)]
    pub sequence: i64,
    /// Identifies it.
    #[schema(value_type = String, format = "uuid", example = "0199c3a4-5d00-7c21-8f2e-3f6b1f0a9e11")]
    pub id: Uuid,
    /// When it was written down.
    #[schema(value_type = String, format = DateTime, example = "2026-11-26T09:30:00Z")]
    pub at: Timestamp,
    /// `security`, `user` or `system`.
    #[schema(example = "security")]
    pub category: String,
    /// What was done.
    #[schema(example = "session.start")]
    pub action: String,
    /// `success` or `failure`.
    #[schema(example = "success")]
    pub outcome: String,
    /// Who did it: `key` or `user`; absent for the server itself or somebody unknown.
    #[schema(example = "user")]
    pub actor_kind: Option<String>,
    /// The key or the account.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub actor_id: Option<Uuid>,
    /// In which organisation.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub organisation: Option<Uuid>,
    /// What kind of thing it was done to.
    #[schema(example = "session")]
    pub target_kind: Option<String>,
    /// Which one.
    pub target_id: Option<String>,
    /// The client's address.
    #[schema(example = "203.0.113.7")]
    pub address: Option<String>,
    /// What the client said it is.
    #[schema(example = "curl/8.5.0")]
    pub agent: Option<String>,
    /// The request's id, as in its reply and in the server's log.
    pub request_id: Option<String>,
    /// Anything else worth knowing.
    #[schema(value_type = Object)]
    pub details: Value,
    /// What chains it to the event before, in hexadecimal digits.
    pub hash: String,
}

/// A page of events, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventPage {
    /// The events.
    pub data: Vec<Event>,
    /// Give this as `before` for the next page; absent on the last one.
    #[schema(example = 4661)]
    pub next: Option<i64>,
}

impl From<audit_event::Model> for Event {
    fn from(row: audit_event::Model) -> Self {
        Self {
            sequence: row.sequence,
            id: row.id,
            at: timestamp(row.at),
            category: row.category,
            action: row.action,
            outcome: row.outcome,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            organisation: row.organisation,
            target_kind: row.target_kind,
            target_id: row.target_id,
            address: row.address,
            agent: row.agent,
            request_id: row.request_id,
            // Somebody else's text that is no JSON is still shown.
            details: serde_json::from_str(&row.details).unwrap_or(Value::String(row.details)),
            hash: hexadecimal(&row.hash),
        }
    }
}
