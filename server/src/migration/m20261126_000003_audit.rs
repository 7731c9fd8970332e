//! The audit log: its events, the end of their chain, and where the chain begins.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, blob, integer, string, string_null, text, uuid_null, uuid_uniq},
    sea_orm::DbBackend,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What events are looked for by; the sequence behind it gives them in order without sorting.
const SEARCHED: [&str; 6] = [
    "organisation",
    "actor_id",
    "target_id",
    "request_id",
    "address",
    "action",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing: a crash in the middle leaves the old schema.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(audit_event(manager.get_database_backend()))
            .await?;
        for column in SEARCHED {
            manager.create_index(index(column)).await?;
        }
        manager.create_table(audit_head()).await?;
        manager.create_table(audit_checkpoint()).await?;
        let begin = Query::insert()
            .into_table("audit_head")
            .columns(["id", "sequence", "hash", "seal"])
            .values_panic([
                1.into(),
                0_i64.into(),
                Vec::<u8>::new().into(),
                Vec::<u8>::new().into(),
            ])
            .to_owned();
        manager.execute(begin).await
    }
}

fn audit_event(backend: DbBackend) -> TableCreateStatement {
    let mut action = string("action");
    if backend == DbBackend::Postgres {
        // A beginning is looked for as a range, which only the order of bytes makes right; it is
        // SQLite's order anyway.
        action.extra("COLLATE \"C\"");
    }
    Table::create()
        .table("audit_event")
        .col(big_integer("sequence").primary_key())
        .col(uuid_uniq("id"))
        .col(big_integer("at"))
        .col(string("category"))
        .col(action)
        .col(string("outcome"))
        .col(string_null("actor_kind"))
        .col(uuid_null("actor_id"))
        .col(uuid_null("organisation"))
        .col(string_null("target_kind"))
        .col(string_null("target_id"))
        .col(string_null("address"))
        .col(string_null("agent"))
        .col(string_null("request_id"))
        .col(text("details"))
        .col(blob("previous_hash"))
        .col(blob("hash"))
        .take()
}

fn index(column: &'static str) -> IndexCreateStatement {
    Index::create()
        .name(format!("audit_event_{column}"))
        .table("audit_event")
        .col(column)
        .col("sequence")
        .take()
}

fn audit_head() -> TableCreateStatement {
    Table::create()
        .table("audit_head")
        .col(integer("id").primary_key())
        .col(big_integer("sequence"))
        .col(blob("hash"))
        .col(blob("seal"))
        .take()
}

fn audit_checkpoint() -> TableCreateStatement {
    Table::create()
        .table("audit_checkpoint")
        .col(big_integer("sequence").primary_key())
        .col(blob("hash"))
        .col(big_integer("at"))
        .col(blob("seal"))
        .take()
}
