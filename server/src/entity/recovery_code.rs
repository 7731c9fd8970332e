//! A code that stands in for a lost second factor, once.

use sea_orm::entity::prelude::*;

/// A code that stands in for a lost second factor, once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_code")]
pub struct Model {
    /// HMAC of account and code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Vec<u8>,
    pub account_id: Uuid,
    pub used_at: Option<i64>,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
