//! Alert rules, and when they fired.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, boolean, double, double_null, integer, json, pk_uuid,
        string, string_null, text, text_null, uuid, uuid_null,
    },
};

use super::parts::{index, owned_by};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing: a crash in the middle leaves the old schema.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(alert_rule()).await?;
        // Serves the removal of an organisation.
        manager
            .create_index(index("alert_rule", &["organisation_id"]))
            .await?;
        manager.create_table(alert_firing()).await?;
        manager
            .create_index(index("alert_firing", &["rule_id", "id"]))
            .await
    }
}

/// A rule about an organisation goes with it.
fn alert_rule() -> TableCreateStatement {
    Table::create()
        .table("alert_rule")
        .col(pk_uuid("id"))
        .col(string("name"))
        .col(json("condition"))
        .col(integer("window_minutes"))
        .col(string_null("subject"))
        .col(uuid_null("organisation_id"))
        .col(json("recipients"))
        .col(text_null("webhook_url"))
        .col(boolean("enabled"))
        .col(big_integer("revision"))
        .col(string("state"))
        .col(big_integer("since"))
        .col(big_integer_null("evaluated_at"))
        .col(double_null("measured"))
        .col(text_null("problem"))
        .col(big_integer("created_at"))
        .col(uuid("created_by"))
        .col(big_integer("changed_at"))
        .foreign_key(&mut owned_by(
            "alert_rule",
            "organisation_id",
            "organisation",
        ))
        .take()
}

fn alert_firing() -> TableCreateStatement {
    Table::create()
        .table("alert_firing")
        .col(pk_uuid("id"))
        .col(uuid("rule_id"))
        .col(double("measured"))
        .col(text("message"))
        .col(big_integer("begun_at"))
        .col(big_integer_null("ended_at"))
        .foreign_key(&mut owned_by("alert_firing", "rule_id", "alert_rule"))
        .take()
}
