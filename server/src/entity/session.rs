//! A session: a family of refresh tokens, each made from the one before.

use sea_orm::entity::prelude::*;

/// A session: a family of refresh tokens, each made from the one before.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    /// The organisation it works in.
    pub organisation_id: Uuid,
    /// What the client said it was.
    pub agent: String,
    /// The address it was last used from.
    pub address: String,
    pub created_at: i64,
    pub last_used_at: i64,
    /// Ends it when it is not used.
    pub idle_expires_at: i64,
    /// Ends it in any case.
    pub expires_at: i64,
    pub ended_at: Option<i64>,
    /// `logout`, `reuse`, `password` …
    pub end_reason: Option<String>,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
