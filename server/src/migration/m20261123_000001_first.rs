//! API keys, documents, their chunks, and the outbox of the vector index.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, blob, boolean, integer, json, pk_uuid, string, string_null,
        string_uniq, text, uuid,
    },
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing: a crash in the middle leaves the old schema.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(api_key()).await?;
        manager.create_table(document()).await?;
        manager.create_table(chunk()).await?;
        manager.create_index(chunk_order()).await?;
        manager.create_table(index_task()).await
    }
}

fn api_key() -> TableCreateStatement {
    Table::create()
        .table("api_key")
        .col(pk_uuid("id"))
        .col(string("name"))
        .col(string_uniq("prefix"))
        .col(blob("digest"))
        .col(boolean("admin"))
        .col(big_integer("created_at"))
        .col(big_integer_null("revoked_at"))
        .take()
}

fn document() -> TableCreateStatement {
    Table::create()
        .table("document")
        .col(pk_uuid("id"))
        .col(string_null("external_id").unique_key())
        .col(string("title"))
        .col(string("format"))
        .col(json("tags"))
        .col(text("content"))
        .col(blob("digest"))
        .col(big_integer("bytes"))
        .col(integer("chunks"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .col(big_integer_null("indexed_at"))
        .take()
}

fn chunk() -> TableCreateStatement {
    Table::create()
        .table("chunk")
        .col(pk_uuid("id"))
        .col(uuid("document_id"))
        .col(integer("ordinal"))
        .col(string_null("heading"))
        .col(text("text"))
        .col(big_integer("start_offset"))
        .col(big_integer("end_offset"))
        .foreign_key(
            ForeignKey::create()
                .from("chunk", "document_id")
                .to("document", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .take()
}

fn chunk_order() -> IndexCreateStatement {
    Index::create()
        .name("chunk_document_ordinal")
        .table("chunk")
        .col("document_id")
        .col("ordinal")
        .unique()
        .take()
}

/// No foreign key: a task outlives its document, to take it out of the index.
fn index_task() -> TableCreateStatement {
    Table::create()
        .table("index_task")
        .col(pk_uuid("document_id"))
        .col(uuid("revision"))
        .col(integer("attempts"))
        .col(string_null("error"))
        .col(big_integer("due_at"))
        .take()
}
