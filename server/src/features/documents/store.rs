//! Rows of documents, chunks and index tasks.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr,
    EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    SelectGetableTuple, Selector, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{
    database::insert,
    entity::{chunk, document, index_task},
};

/// Rows per INSERT: far below SQLite's 32,766 variables.
const BATCH: usize = 500;

/// Whoever it belongs to: for the indexer.
pub async fn find_any(
    database: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<document::Model>, DbErr> {
    document::Entity::find_by_id(id).one(database).await
}

pub async fn find(
    database: &impl ConnectionTrait,
    organisation: Uuid,
    id: Uuid,
) -> Result<Option<document::Model>, DbErr> {
    document::Entity::find_by_id(id)
        .filter(document::Column::OrganisationId.eq(organisation))
        .one(database)
        .await
}

pub async fn find_by_external_id(
    database: &impl ConnectionTrait,
    organisation: Uuid,
    external_id: &str,
) -> Result<Option<document::Model>, DbErr> {
    document::Entity::find()
        .filter(document::Column::OrganisationId.eq(organisation))
        .filter(document::Column::ExternalId.eq(external_id))
        .one(database)
        .await
}

/// An organisation's documents with an id above `after`, in the order of their ids, with their index tasks.
pub async fn list(
    database: &impl ConnectionTrait,
    organisation: Uuid,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<(document::Model, Option<index_task::Model>)>, DbErr> {
    let mut query = document::Entity::find()
        .filter(document::Column::OrganisationId.eq(organisation))
        .order_by_asc(document::Column::Id)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(document::Column::Id.gt(after));
    }
    let rows = query.all(database).await?;
    let tasks = tasks(database, rows.iter().map(|row| row.id)).await?;
    let task = |id| {
        tasks
            .iter()
            .find(|task: &&index_task::Model| task.document_id == id)
            .cloned()
    };
    Ok(rows
        .into_iter()
        .map(|row| {
            let task = task(row.id);
            (row, task)
        })
        .collect())
}

/// Puts a document with its chunks in the place of the one with the same id.
pub async fn replace(
    transaction: &DatabaseTransaction,
    row: document::Model,
    chunks: Vec<chunk::Model>,
) -> Result<(), DbErr> {
    remove(transaction, row.id).await?;
    insert(transaction, row).await?;
    let mut chunks = chunks
        .into_iter()
        .map(|row| row.into_active_model().reset_all())
        .peekable();
    while chunks.peek().is_some() {
        let batch: Vec<_> = chunks.by_ref().take(BATCH).collect();
        chunk::Entity::insert_many(batch).exec(transaction).await?;
    }
    Ok(())
}

/// Removes a document; its chunks go with it. Tells whether it was there.
pub async fn remove(transaction: &DatabaseTransaction, id: Uuid) -> Result<bool, DbErr> {
    let removed = document::Entity::delete_by_id(id).exec(transaction).await?;
    Ok(removed.rows_affected > 0)
}

pub async fn chunks(
    database: &impl ConnectionTrait,
    document: Uuid,
) -> Result<Vec<chunk::Model>, DbErr> {
    chunk::Entity::find()
        .filter(chunk::Column::DocumentId.eq(document))
        .order_by_asc(chunk::Column::Ordinal)
        .all(database)
        .await
}

pub async fn count_chunks(database: &impl ConnectionTrait) -> Result<u64, DbErr> {
    chunk::Entity::find().count(database).await
}

/// Writes down that a document's vectors must follow its rows.
pub async fn enqueue(
    database: &impl ConnectionTrait,
    document: Uuid,
    revision: Uuid,
    now: i64,
) -> Result<(), DbErr> {
    let task = index_task::Model {
        document_id: document,
        revision,
        attempts: 0,
        error: None,
        due_at: now,
    };
    let replace = OnConflict::column(index_task::Column::DocumentId)
        .update_columns([
            index_task::Column::Revision,
            index_task::Column::Attempts,
            index_task::Column::Error,
            index_task::Column::DueAt,
        ])
        .to_owned();
    index_task::Entity::insert(task.into_active_model().reset_all())
        .on_conflict(replace)
        .exec_without_returning(database)
        .await
        .map(drop)
}

pub async fn task(
    database: &impl ConnectionTrait,
    document: Uuid,
) -> Result<Option<index_task::Model>, DbErr> {
    index_task::Entity::find_by_id(document).one(database).await
}

/// The tasks of these documents, without any order.
pub async fn tasks(
    database: &impl ConnectionTrait,
    documents: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<index_task::Model>, DbErr> {
    index_task::Entity::find()
        .filter(index_task::Column::DocumentId.is_in(documents))
        .all(database)
        .await
}

/// The task that waits longest.
pub async fn next_task(
    database: &impl ConnectionTrait,
) -> Result<Option<index_task::Model>, DbErr> {
    index_task::Entity::find()
        .order_by_asc(index_task::Column::DueAt)
        .order_by_asc(index_task::Column::DocumentId)
        .one(database)
        .await
}

/// Removes a finished task, unless the document changed meanwhile; tells whether it did so.
pub async fn finish_task(
    transaction: &DatabaseTransaction,
    task: &index_task::Model,
    now: i64,
) -> Result<bool, DbErr> {
    let removed = index_task::Entity::delete_many()
        .filter(index_task::Column::DocumentId.eq(task.document_id))
        .filter(index_task::Column::Revision.eq(task.revision))
        .exec(transaction)
        .await?;
    if removed.rows_affected == 0 {
        return Ok(false);
    }
    document::Entity::update_many()
        .col_expr(document::Column::IndexedAt, now.into())
        .filter(document::Column::Id.eq(task.document_id))
        .exec(transaction)
        .await?;
    Ok(true)
}

/// Writes down why a task failed and when to try again.
pub async fn postpone_task(
    database: &impl ConnectionTrait,
    task: index_task::Model,
    error: String,
    due_at: i64,
) -> Result<(), DbErr> {
    index_task::Entity::update_many()
        .col_expr(index_task::Column::Attempts, (task.attempts + 1).into())
        .col_expr(index_task::Column::Error, error.into())
        .col_expr(index_task::Column::DueAt, due_at.into())
        .filter(index_task::Column::DocumentId.eq(task.document_id))
        .filter(index_task::Column::Revision.eq(task.revision))
        .exec(database)
        .await
        .map(drop)
}

/// All documents of all organisations.
pub async fn ids(database: &impl ConnectionTrait) -> Result<Vec<Uuid>, DbErr> {
    only_ids(document::Entity::find()).all(database).await
}

/// Some documents of an organisation.
pub async fn some_ids_of(
    database: &impl ConnectionTrait,
    organisation: Uuid,
    most: u64,
) -> Result<Vec<Uuid>, DbErr> {
    let own = document::Entity::find()
        .filter(document::Column::OrganisationId.eq(organisation))
        .limit(most);
    only_ids(own).all(database).await
}

fn only_ids(query: Select<document::Entity>) -> Selector<SelectGetableTuple<Uuid>> {
    query
        .select_only()
        .column(document::Column::Id)
        .order_by_asc(document::Column::Id)
        .into_tuple()
}

/// Which of these documents are the organisation's.
pub async fn own(
    database: &impl ConnectionTrait,
    organisation: Uuid,
    documents: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Uuid>, DbErr> {
    document::Entity::find()
        .filter(document::Column::Id.is_in(documents))
        .filter(document::Column::OrganisationId.eq(organisation))
        .select_only()
        .column(document::Column::Id)
        .into_tuple()
        .all(database)
        .await
}

/// The chunks of these documents that have one of these ordinals, without any order.
pub async fn chunks_at(
    database: &impl ConnectionTrait,
    documents: impl IntoIterator<Item = Uuid>,
    ordinals: impl IntoIterator<Item = i32>,
) -> Result<Vec<chunk::Model>, DbErr> {
    chunk::Entity::find()
        .filter(chunk::Column::DocumentId.is_in(documents))
        .filter(chunk::Column::Ordinal.is_in(ordinals))
        .all(database)
        .await
}

/// Marks a document as not (completely) indexed.
pub async fn mark_unindexed(database: &impl ConnectionTrait) -> Result<(), DbErr> {
    document::Entity::update_many()
        .set(document::ActiveModel {
            indexed_at: Set(None),
            ..Default::default()
        })
        .exec(database)
        .await
        .map(drop)
}
