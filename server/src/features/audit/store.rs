//! Rows of the log.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::Filter;
use crate::database::insert;
use crate::entity::{audit_checkpoint, audit_event, audit_head};

/// The end of the chain, for this transaction alone until it ends: PostgreSQL locks the row,
/// SQLite's one writer needs no lock.
pub async fn locked_head(transaction: &DatabaseTransaction) -> Result<audit_head::Model, DbErr> {
    let head = audit_head::Entity::find_by_id(audit_head::ONLY)
        .lock_exclusive()
        .one(transaction)
        .await?;
    head.ok_or_else(|| {
        DbErr::RecordNotFound(
            "the audit log has lost its end, nothing can be written down; `locutor audit verify` tells more".to_owned(),
        )
    })
}

/// Adds an event and moves the end.
pub async fn append(
    transaction: &DatabaseTransaction,
    row: audit_event::Model,
    end: audit_head::Model,
) -> Result<(), DbErr> {
    let before = row.sequence - 1;
    insert(transaction, row).await?;
    let moved = audit_head::Entity::update_many()
        .set(end.into_active_model().reset_all())
        .filter(audit_head::Column::Id.eq(audit_head::ONLY))
        .filter(audit_head::Column::Sequence.eq(before))
        .exec(transaction)
        .await?;
    if moved.rows_affected == 1 {
        return Ok(());
    }
    Err(DbErr::RecordNotUpdated)
}

pub async fn head(database: &impl ConnectionTrait) -> Result<Option<audit_head::Model>, DbErr> {
    audit_head::Entity::find_by_id(audit_head::ONLY)
        .one(database)
        .await
}

/// The newest checkpoint.
pub async fn checkpoint(
    database: &impl ConnectionTrait,
) -> Result<Option<audit_checkpoint::Model>, DbErr> {
    audit_checkpoint::Entity::find()
        .order_by_desc(audit_checkpoint::Column::Sequence)
        .one(database)
        .await
}

/// Events behind this one, oldest first.
pub async fn following(
    database: &impl ConnectionTrait,
    after: i64,
    limit: u64,
) -> Result<Vec<audit_event::Model>, DbErr> {
    let query = audit_event::Entity::find().filter(audit_event::Column::Sequence.gt(after));
    query
        .order_by_asc(audit_event::Column::Sequence)
        .limit(limit)
        .all(database)
        .await
}

/// Removes all events up to the checkpoint, which replaces older ones.
pub async fn cut(
    transaction: &DatabaseTransaction,
    checkpoint: audit_checkpoint::Model,
) -> Result<(), DbErr> {
    audit_event::Entity::delete_many()
        .filter(audit_event::Column::Sequence.lte(checkpoint.sequence))
        .exec(transaction)
        .await?;
    audit_checkpoint::Entity::delete_many()
        .exec(transaction)
        .await?;
    insert(transaction, checkpoint).await
}

/// Events that fit, newest first, before this one.
pub fn newest(filter: &Filter, before: i64, limit: u64) -> Select<audit_event::Entity> {
    filter
        .apply(audit_event::Entity::find())
        .filter(audit_event::Column::Sequence.lt(before))
        .order_by_desc(audit_event::Column::Sequence)
        .limit(limit)
}

/// Events that fit, oldest first, behind `after` and up to `last`.
pub fn oldest(filter: &Filter, after: i64, last: i64, limit: u64) -> Select<audit_event::Entity> {
    filter
        .apply(audit_event::Entity::find())
        .filter(audit_event::Column::Sequence.gt(after))
        .filter(audit_event::Column::Sequence.lte(last))
        .order_by_asc(audit_event::Column::Sequence)
        .limit(limit)
}
