//! The queue of jobs, and the schedules that put jobs into it.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, boolean, integer, json, pk_uuid, string, string_null,
        text_null, uuid_null,
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
        manager.create_table(job()).await?;
        for (name, columns) in INDEXES {
            manager.create_index(index(name, columns)).await?;
        }
        manager.create_table(schedule()).await?;
        manager.create_index(schedule_due()).await
    }
}

/// One index for each way in which jobs are looked for: those that are due (and, among the few
/// that run, those whose lease ended), pages of one state, pages of one kind, what is old enough
/// to be deleted.
const INDEXES: [(&str, &[&str]); 4] = [
    ("job_due", &["state", "due_at", "id"]),
    ("job_state_page", &["state", "id"]),
    ("job_kind_page", &["kind", "id"]),
    ("job_finished", &["state", "finished_at"]),
];

fn index(name: &str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table("job");
    for column in columns {
        index.col(*column);
    }
    index.take()
}

/// `unique_key` is emptied when a job finishes: so a plain unique index, which both databases
/// have, holds for the unfinished ones only.
fn job() -> TableCreateStatement {
    Table::create()
        .table("job")
        .col(pk_uuid("id"))
        .col(string("kind"))
        .col(json("payload"))
        .col(string("state"))
        .col(string_null("unique_key").unique_key())
        .col(integer("attempts"))
        .col(integer("max_attempts"))
        .col(big_integer("due_at"))
        .col(uuid_null("lease"))
        .col(big_integer_null("lease_until"))
        .col(string_null("worker"))
        .col(text_null("error"))
        .col(uuid_null("organisation"))
        .col(big_integer("created_at"))
        .col(big_integer_null("finished_at"))
        .take()
}

fn schedule() -> TableCreateStatement {
    Table::create()
        .table("schedule")
        .col(string("name").primary_key())
        .col(string("kind"))
        .col(string("cron"))
        .col(big_integer("next_at"))
        .col(big_integer_null("last_at"))
        .col(boolean("enabled"))
        .take()
}

fn schedule_due() -> IndexCreateStatement {
    Index::create()
        .name("schedule_due")
        .table("schedule")
        .col("next_at")
        .take()
}
