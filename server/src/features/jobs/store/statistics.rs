//! How much there is to do.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
};

use crate::entity::job::{Column, Entity, JobState};

/// The jobs of one kind in one state.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Depth {
    /// The kind.
    pub kind: String,
    /// The state.
    pub state: JobState,
    /// How many.
    pub jobs: i64,
    /// Since when the one that waits longest could have run.
    pub oldest_due_at: i64,
}

/// The jobs that are not done, by kind and state.
pub async fn depths(database: &impl ConnectionTrait) -> Result<Vec<Depth>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::Kind)
        .column(Column::State)
        .column_as(Column::Id.count(), "jobs")
        .column_as(Column::DueAt.min(), "oldest_due_at")
        .filter(Column::State.is_in([JobState::Waiting, JobState::Running, JobState::Dead]))
        .group_by(Column::Kind)
        .group_by(Column::State)
        .into_model()
        .all(database)
        .await
}
