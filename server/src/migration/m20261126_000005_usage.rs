//! What was used and what failed, by minute.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, boolean, integer, string, uuid},
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
        manager.create_table(usage_minute()).await?;
        manager.create_table(usage_error()).await?;
        for (name, table, columns) in INDEXES {
            let mut index = Index::create();
            index.name(*name).table(*table);
            for column in *columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// The primary keys begin with the minute and serve those who see every organisation.
const INDEXES: &[(&str, &str, &[&str])] = &[
    (
        "usage_minute_organisation",
        "usage_minute",
        &["organisation", "minute"],
    ),
    (
        "usage_error_organisation",
        "usage_error",
        &["organisation", "minute"],
    ),
    ("usage_error_latest", "usage_error", &["server", "last_at"]),
    (
        "usage_error_organisation_latest",
        "usage_error",
        &["organisation", "server", "last_at"],
    ),
];

fn usage_minute() -> TableCreateStatement {
    Table::create()
        .table("usage_minute")
        .col(big_integer("minute"))
        .col(uuid("organisation"))
        .col(uuid("actor_id"))
        .col(string("method"))
        .col(string("route"))
        .col(string("actor_kind"))
        .col(big_integer("day"))
        .col(big_integer("requests"))
        .col(big_integer("failures"))
        .col(big_integer("server_errors"))
        .col(big_integer("milliseconds"))
        .col(big_integer("bytes_in"))
        .col(big_integer("bytes_out"))
        .primary_key(
            Index::create()
                .col("minute")
                .col("organisation")
                .col("actor_id")
                .col("method")
                .col("route"),
        )
        .take()
}

fn usage_error() -> TableCreateStatement {
    Table::create()
        .table("usage_error")
        .col(big_integer("minute"))
        .col(uuid("organisation"))
        .col(uuid("actor_id"))
        .col(string("method"))
        .col(string("route"))
        .col(integer("status"))
        .col(string("code"))
        .col(boolean("server"))
        .col(big_integer("occurrences"))
        .col(big_integer("last_at"))
        .col(string("last_request"))
        .primary_key(
            Index::create()
                .col("minute")
                .col("organisation")
                .col("actor_id")
                .col("method")
                .col("route")
                .col("status")
                .col("code"),
        )
        .take()
}
