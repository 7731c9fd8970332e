//! When a recurring job is queued next.

use sea_orm::entity::prelude::*;

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The kind of job.
    pub kind: String,
    /// Five fields, in UTC.
    pub cron: String,
    pub next_at: i64,
    /// When it last fired.
    pub last_at: Option<i64>,
    pub enabled: bool,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
