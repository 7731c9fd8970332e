//! A session as replies show it.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{entity::session, foundation::timestamp};

/// A session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Session {
    /// Identifies it, e.g. to end it.
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    /// Whether it is the one that asks.
    pub current: bool,
    /// What the client said it was.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64)")]
    pub device: String,
    /// The address it was last used from.
    #[schema(example = "203.0.113.7")]
    pub address: String,
    /// The organisation it works in.
    #[schema(value_type = String, format = "uuid")]
    pub organisation: Uuid,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last refreshed.
    #[schema(value_type = String, format = DateTime)]
    pub last_used_at: Timestamp,
    /// When it ends in any case.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// The row as replies show it to the session `current`.
    pub fn new(row: session::Model, current: Option<Uuid>) -> Self {
        Self {
            id: row.id,
            current: current == Some(row.id),
            device: row.agent,
            address: row.address,
            organisation: row.organisation_id,
            created_at: timestamp(row.created_at),
            last_used_at: timestamp(row.last_used_at),
            expires_at: timestamp(row.expires_at.min(row.idle_expires_at)),
            ended_at: row.ended_at.map(timestamp),
        }
    }
}
