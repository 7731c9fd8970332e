//! A time during which an alert rule fired.

use sea_orm::entity::prelude::*;

/// A firing.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "alert_firing")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub rule_id: Uuid,
    /// What was measured when it began.
    pub measured: f64,
    /// What people were told when it began.
    pub message: String,
    pub begun_at: i64,
    /// Absent while it lasts.
    pub ended_at: Option<i64>,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
