//! Where the audit log's chain begins after its oldest events were removed.

use sea_orm::entity::prelude::*;

/// The last event that was removed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_checkpoint")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    /// That event's hash, on which the next one builds.
    pub hash: Vec<u8>,
    /// When it was removed.
    pub at: i64,
    /// HMAC-SHA-256 over everything above.
    pub seal: Vec<u8>,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
