//! One link of the audit log's chain. Rows are only ever added, and removed from the front.

use sea_orm::entity::prelude::*;

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_event")]
pub struct Model {
    /// Place in the chain, from 1, without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    pub id: Uuid,
    /// When it was written down.
    pub at: i64,
    /// `security`, `user` or `system`.
    pub category: String,
    /// What was done, as `noun.verb`.
    pub action: String,
    /// `success` or `failure`.
    pub outcome: String,
    /// `key` or `user`.
    pub actor_kind: Option<String>,
    pub actor_id: Option<Uuid>,
    pub organisation: Option<Uuid>,
    pub target_kind: Option<String>,
    pub target_id: Option<String>,
    /// The client's address.
    pub address: Option<String>,
    /// What the client said it is.
    pub agent: Option<String>,
    pub request_id: Option<String>,
    /// A JSON object as text: a database must not write it in another way than it was hashed.
    pub details: String,
    /// The hash of the event before; empty for the first.
    pub previous_hash: Vec<u8>,
    /// HMAC-SHA-256 over everything above.
    pub hash: Vec<u8>,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
