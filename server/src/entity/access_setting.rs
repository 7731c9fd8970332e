//! How access rules are applied: one row.

use sea_orm::entity::prelude::*;

/// How access rules are applied.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_setting")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// `enforce` or `dry_run`; absent: as configured.
    pub mode: Option<String>,
    /// When a rule or the mode was last changed; writing it makes changes wait for each other.
    pub changed_at: i64,
}

/// It belongs to nothing.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
