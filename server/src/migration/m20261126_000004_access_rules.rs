//! Rules about addresses, and how they are applied.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, integer, pk_uuid, string, string_null, uuid},
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
        manager.create_table(access_rule()).await?;
        manager.create_index(access_rule_once()).await?;
        manager.create_table(access_setting()).await?;
        manager.exec_stmt(the_setting()?).await
    }
}

fn access_rule() -> TableCreateStatement {
    Table::create()
        .table("access_rule")
        .col(pk_uuid("id"))
        .col(string("route_group"))
        .col(string("effect"))
        .col(string("subject"))
        .col(string("note"))
        .col(big_integer("created_at"))
        .col(uuid("created_by"))
        .take()
}

/// No rule is there twice, whoever adds it.
fn access_rule_once() -> IndexCreateStatement {
    Index::create()
        .name("access_rule_once")
        .table("access_rule")
        .col("route_group")
        .col("effect")
        .col("subject")
        .unique()
        .take()
}

fn access_setting() -> TableCreateStatement {
    Table::create()
        .table("access_setting")
        .col(integer("id").primary_key())
        .col(string_null("mode"))
        .col(big_integer("changed_at"))
        .take()
}

fn the_setting() -> Result<InsertStatement, DbErr> {
    let mut insert = Query::insert();
    insert
        .into_table("access_setting")
        .columns(["id", "changed_at"])
        .values([1.into(), 0_i64.into()])
        .map_err(|error| DbErr::Custom(error.to_string()))?;
    Ok(insert)
}
