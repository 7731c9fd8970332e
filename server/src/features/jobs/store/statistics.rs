//! How much there is to do.

use std::ops::Range;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QuerySelect, QueryTrait, Select,
};

use crate::{
    entity::job::{Column, Entity, JobState},
    features::jobs::JobCount,
};

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

/// The jobs that could run at this time and still wait.
pub async fn count_waiting(
    database: &impl ConnectionTrait,
    count: &JobCount,
    now: i64,
) -> Result<u64, DbErr> {
    waiting(count, now).count(database).await
}

/// The jobs that were given up in this time.
pub async fn count_dead(
    database: &impl ConnectionTrait,
    count: &JobCount,
    time: Range<i64>,
) -> Result<u64, DbErr> {
    dead(count, time).count(database).await
}

fn waiting(count: &JobCount, now: i64) -> Select<Entity> {
    counted(count)
        .filter(Column::State.eq(JobState::Waiting))
        .filter(Column::DueAt.lte(now))
}

fn dead(count: &JobCount, time: Range<i64>) -> Select<Entity> {
    counted(count)
        .filter(Column::State.eq(JobState::Dead))
        .filter(Column::FinishedAt.gte(time.start))
        .filter(Column::FinishedAt.lt(time.end))
}

fn counted(count: &JobCount) -> Select<Entity> {
    Entity::find()
        .apply_if(count.kind.as_deref(), |query, kind| {
            query.filter(Column::Kind.eq(kind))
        })
        .apply_if(count.organisation, |query, id| {
            query.filter(Column::Organisation.eq(id))
        })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::database::testing::{each, uses_index};

    #[tokio::test]
    async fn counting_uses_an_index() {
        for test in each().await {
            let one = JobCount {
                kind: Some("mail.send".into()),
                organisation: Some(Uuid::nil()),
            };
            for count in [JobCount::default(), one] {
                for query in [waiting(&count, 1), dead(&count, 0..1)] {
                    let statement = query.build(test.database.kind());
                    let sql = statement.sql.clone();
                    assert!(uses_index(&test.database, statement).await, "{sql}");
                }
            }
        }
    }
}
