//! A device from which an account logged in; it proves itself by a token of its own.

use sea_orm::entity::prelude::*;

/// A device from which an account logged in; it proves itself by a token of its own.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "known_device")]
pub struct Model {
    /// HMAC of account and device token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Vec<u8>,
    pub account_id: Uuid,
    pub created_at: i64,
    pub last_used_at: i64,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
