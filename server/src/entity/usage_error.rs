//! How often a route failed for somebody with one code in one minute.

use sea_orm::entity::prelude::*;

/// Failures of one minute.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "usage_error")]
pub struct Model {
    /// When the minute begins.
    #[sea_orm(primary_key, auto_increment = false)]
    pub minute: i64,
    /// All zeros where nobody is known.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organisation: Uuid,
    /// The key or account; all zeros where nobody is known.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub method: String,
    /// The route's pattern.
    #[sea_orm(primary_key, auto_increment = false)]
    pub route: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub status: i32,
    /// Stable name of the cause.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Whether the status is 500 or more.
    pub server: bool,
    pub occurrences: i64,
    /// When it happened the last time.
    pub last_at: i64,
    /// The id of that request.
    pub last_request: String,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
