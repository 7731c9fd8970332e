//! What somebody used of a route in one minute.

use sea_orm::entity::prelude::*;

/// Sums of one minute.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "usage_minute")]
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
    /// `key`, `user` or `nobody`.
    pub actor_kind: String,
    /// When the day of the minute begins, in UTC.
    pub day: i64,
    pub requests: i64,
    /// Requests that were answered with a status of 400 or more.
    pub failures: i64,
    /// Those of them with 500 or more.
    pub server_errors: i64,
    /// How long all of them took together.
    pub milliseconds: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
