//! Work that is done later, exactly once as far as the database sees it.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a job stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize, ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)")]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// For its time, or for a free worker.
    #[sea_orm(string_value = "waiting")]
    Waiting,
    /// A worker has it.
    #[sea_orm(string_value = "running")]
    Running,
    /// It succeeded.
    #[sea_orm(string_value = "done")]
    Done,
    /// It failed for good; somebody should look at it.
    #[sea_orm(string_value = "dead")]
    Dead,
    /// An administrator stopped it.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which handler does it.
    pub kind: String,
    /// What the handler needs to know.
    pub payload: Json,
    pub state: JobState,
    /// No other unfinished job has the same; emptied when it finishes.
    #[sea_orm(unique)]
    pub unique_key: Option<String>,
    /// Attempts that were begun.
    pub attempts: i32,
    pub max_attempts: i32,
    /// Not before this time.
    pub due_at: i64,
    /// Proves that a worker still has it: new at every claim.
    pub lease: Option<Uuid>,
    /// From then on another worker may take it over.
    pub lease_until: Option<i64>,
    /// The worker that has it or had it last.
    pub worker: Option<String>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Whose it is; none for the server's own.
    pub organisation: Option<Uuid>,
    pub created_at: i64,
    /// When it was done, given up or cancelled.
    pub finished_at: Option<i64>,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
