//! The end of the audit log's chain: one row, which also puts those who append into a queue.

use sea_orm::entity::prelude::*;

/// The id of the only row.
pub const ONLY: i32 = 1;

/// The end of the chain.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_head")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Of the last event; 0 before the first.
    pub sequence: i64,
    /// Of the last event; empty before the first.
    pub hash: Vec<u8>,
    /// HMAC-SHA-256 over both, so that nobody moves the end back to an earlier event.
    pub seal: Vec<u8>,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
