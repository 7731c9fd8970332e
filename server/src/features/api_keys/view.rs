//! A key as replies show it.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    access::{Scope, ScopeSet},
    entity::api_key,
    foundation::timestamp,
};

/// A page of keys, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyPage {
    /// The keys.
    pub data: Vec<Key>,
    /// Give this as `after` for the next page; absent on the last one.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub next: Option<Uuid>,
}

/// A key without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Key {
    /// Identifies it, e.g. to revoke it.
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    /// What it is for.
    #[schema(example = "nightly transcripts")]
    pub name: String,
    /// Its beginning.
    #[schema(example = "loc_4f1k0c9m2a7q")]
    pub prefix: String,
    /// The organisation it works in.
    #[schema(value_type = String, format = "uuid")]
    pub organisation: Uuid,
    /// What it may do.
    #[schema(value_type = Vec<Scope>, example = json!(["engine:use"]))]
    pub scopes: ScopeSet,
    /// Most requests in a minute; 0: the server's own limit.
    #[schema(example = 600)]
    pub requests_per_minute: u32,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it ends by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it last opened something, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// When it was made useless.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

/// A new key; the only time its text is shown.
#[derive(Serialize, ToSchema)]
pub struct CreatedKey {
    /// The text to send as `Authorization: Bearer`.
    #[schema(example = "loc_4f1k0c9m2a7q_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    pub key: String,
    /// The rest.
    #[serde(flatten)]
    pub details: Key,
}

impl From<api_key::Model> for Key {
    fn from(row: api_key::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            organisation: row.organisation_id,
            scopes: ScopeSet::from_text(&row.scopes),
            requests_per_minute: row
                .requests_per_minute
                .and_then(|most| u32::try_from(most).ok())
                .unwrap_or(0),
            created_at: timestamp(row.created_at),
            expires_at: row.expires_at.map(timestamp),
            last_used_at: row.last_used_at.map(timestamp),
            revoked_at: row.revoked_at.map(timestamp),
        }
    }
}
