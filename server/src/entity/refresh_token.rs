//! A refresh token; of its text only the digest is kept.

use sea_orm::entity::prelude::*;

/// A refresh token; of its text only the digest is kept.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// SHA-256 of its text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Vec<u8>,
    pub session_id: Uuid,
    pub created_at: i64,
    /// When its child took its place.
    pub consumed_at: Option<i64>,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
