//! A rule about what is measured, and whether it fires.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether a rule fires.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize, ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)")]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// All is well, as far as it was looked.
    #[sea_orm(string_value = "ok")]
    Ok,
    /// It fires.
    #[sea_orm(string_value = "firing")]
    Firing,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "alert_rule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    /// When it fires.
    pub condition: Json,
    /// How far back it looks.
    pub window_minutes: i32,
    /// Only this route, or this kind of job.
    pub subject: Option<String>,
    /// Only what this organisation does.
    pub organisation_id: Option<Uuid>,
    /// Mail addresses: an array of texts.
    pub recipients: Json,
    pub webhook_url: Option<String>,
    pub enabled: bool,
    /// Grows with every change by an administrator.
    pub revision: i64,
    pub state: AlertState,
    /// Since when it is in that state.
    pub since: i64,
    pub evaluated_at: Option<i64>,
    /// What was measured then.
    pub measured: Option<f64>,
    /// Why it could not be evaluated then.
    pub problem: Option<String>,
    pub created_at: i64,
    /// The key or account that made it.
    pub created_by: Uuid,
    pub changed_at: i64,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
