//! What administrators see of jobs and do to them.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use uuid::Uuid;

use super::claim::{changed_one, finish};
use crate::entity::job::{Column, Entity, JobState, Model};

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Only those in this state.
    pub state: Option<JobState>,
    /// Only those of this kind.
    pub kind: Option<String>,
    /// Only those that were queued before this one.
    pub before: Option<Uuid>,
}

/// Jobs, the newest first.
pub async fn list(
    database: &impl ConnectionTrait,
    filter: JobFilter,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut query = Entity::find().order_by_desc(Column::Id).limit(limit);
    if let Some(state) = filter.state {
        query = query.filter(Column::State.eq(state));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(Column::Kind.eq(kind));
    }
    if let Some(before) = filter.before {
        query = query.filter(Column::Id.lt(before));
    }
    query.all(database).await
}

pub async fn find(database: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(database).await
}

/// Makes a job that failed, was cancelled or waits run as soon as possible, with all its attempts
/// ahead; tells whether it was one of those.
pub async fn run_again(database: &impl ConnectionTrait, id: Uuid, now: i64) -> Result<bool, DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::State, Expr::value(JobState::Waiting))
        .col_expr(Column::Attempts, Expr::value(0))
        .col_expr(Column::DueAt, Expr::value(now))
        .col_expr(Column::FinishedAt, Expr::value(Option::<i64>::None))
        .filter(Column::Id.eq(id))
        .filter(Column::State.is_in([JobState::Dead, JobState::Cancelled, JobState::Waiting]));
    changed_one(update, database).await
}

/// Stops a job that waits or runs; tells whether it did. The worker that has it learns so at its
/// next heartbeat, and can no longer complete it.
pub async fn cancel(database: &impl ConnectionTrait, id: Uuid, now: i64) -> Result<bool, DbErr> {
    let update = finish(Entity::update_many(), JobState::Cancelled, now)
        .filter(Column::Id.eq(id))
        .filter(Column::State.is_in([JobState::Waiting, JobState::Running]));
    changed_one(update, database).await
}
