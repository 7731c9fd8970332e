//! A document whose vectors differ from its rows: the outbox between the database, which is the
//! truth, and the vector store, which follows. A task is written in the transaction that changes
//! the document, so no crash can lose it.

use sea_orm::entity::prelude::*;

/// A document to index or to remove from the index.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "index_task")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_id: Uuid,
    /// New at every change, so that a change during indexing keeps the task alive.
    pub revision: Uuid,
    /// Attempts that failed.
    pub attempts: i32,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Not before this time.
    pub due_at: i64,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
