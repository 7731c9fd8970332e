//! Jobs come in and, long after they finished, are deleted.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, TryInsertResult,
};
use uuid::Uuid;

use crate::entity::job::{Column, Entity, JobState, Model};

/// Adds a job unless an unfinished one has its unique key; tells whether it did.
pub async fn insert(database: &impl ConnectionTrait, row: Model) -> Result<bool, DbErr> {
    let inserted = Entity::insert(row.into_active_model().reset_all())
        .on_conflict_do_nothing_on([Column::UniqueKey])
        .exec_without_returning(database)
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1..)))
}

/// The unfinished job with this key.
pub async fn unfinished(
    database: &impl ConnectionTrait,
    unique_key: &str,
) -> Result<Option<Uuid>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::UniqueKey.eq(unique_key))
        .into_tuple()
        .one(database)
        .await
}

/// Deletes some of the jobs that reached the state before this time; gives how many.
pub async fn delete_finished(
    database: &impl ConnectionTrait,
    state: JobState,
    before: i64,
    most: u64,
) -> Result<u64, DbErr> {
    let old: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::State.eq(state))
        .filter(Column::FinishedAt.lt(before))
        .order_by_asc(Column::FinishedAt)
        .limit(most)
        .into_tuple()
        .all(database)
        .await?;
    // The state once more: an administrator may have just sent one of them on another round.
    let deleted = Entity::delete_many()
        .filter(Column::Id.is_in(old))
        .filter(Column::State.eq(state))
        .exec(database)
        .await?;
    Ok(deleted.rows_affected)
}
