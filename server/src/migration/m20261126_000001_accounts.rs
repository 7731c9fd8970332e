//! Organisations, accounts, sessions and what protects them; keys and documents get their
//! organisation.

use sea_orm::DbBackend;
use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, blob, blob_null, boolean, integer, integer_null, pk_uuid,
        string, string_null, text, text_null, uuid, uuid_null,
    },
};

use super::parts::{index, owned_by};

/// What was there before organisations belongs to this one.
const FIRST_ORGANISATION: uuid::Uuid = crate::features::organisations::FIRST;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing: a crash in the middle leaves the old schema.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [organisation(), account(), membership(), invitation()] {
            manager.create_table(table).await?;
        }
        for table in [session(), refresh_token(), one_time_token()] {
            manager.create_table(table).await?;
        }
        for table in [
            former_password(),
            recovery_code(),
            login_guard(),
            known_device(),
        ] {
            manager.create_table(table).await?;
        }
        manager.execute(first_organisation()).await?;
        for change in new_columns() {
            manager.alter_table(change).await?;
        }
        for table in ["api_key", "document"] {
            manager.execute(belongs_to_the_first(table)).await?;
        }
        manager.execute(clients()).await?;
        manager.execute(administrators()).await?;
        // Its scopes say the same.
        let admin = Table::alter().table("api_key").drop_column("admin").take();
        manager.alter_table(admin).await?;
        for (table, columns) in INDEXES {
            manager.create_index(index(table, columns)).await?;
        }
        rename_external_id(manager).await?;
        manager.create_index(external_id()).await
    }
}

/// A caller's own name for a document is unique within its organisation only. It moves to a column
/// of its own, as SQLite takes no rule from a column and removes none that has one.
async fn rename_external_id(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    const FORMER: &str = "former_external_id";
    let document = || Table::alter().table("document").take();
    let rename = document().rename_column("external_id", FORMER).take();
    manager.alter_table(rename).await?;
    let add = document().add_column(string_null("external_id")).take();
    manager.alter_table(add).await?;
    let mut copy = Query::update().table("document").take();
    manager
        .execute(copy.value("external_id", Expr::col(FORMER)).take())
        .await?;
    if manager.get_database_backend() == DbBackend::Sqlite {
        let forget = Query::update()
            .table("document")
            .value(FORMER, Option::<String>::None)
            .take();
        return manager.execute(forget).await;
    }
    manager
        .alter_table(document().drop_column(FORMER).take())
        .await
}

/// One index for each way in which rows are looked up.
const INDEXES: &[(&str, &[&str])] = &[
    ("account", &["email_key"]),
    ("membership", &["account_id"]),
    ("invitation", &["organisation_id"]),
    ("invitation", &["email_key"]),
    ("session", &["account_id"]),
    ("session", &["expires_at"]),
    ("refresh_token", &["session_id"]),
    ("one_time_token", &["account_id"]),
    ("one_time_token", &["expires_at"]),
    ("former_password", &["account_id", "created_at"]),
    ("recovery_code", &["account_id"]),
    ("login_guard", &["updated_at"]),
    ("known_device", &["account_id"]),
    ("api_key", &["organisation_id"]),
];

fn external_id() -> IndexCreateStatement {
    Index::create()
        .name("document_organisation_external_id")
        .table("document")
        .col("organisation_id")
        .col("external_id")
        .unique()
        .take()
}

fn organisation() -> TableCreateStatement {
    Table::create()
        .table("organisation")
        .col(pk_uuid("id"))
        .col(string("name"))
        .col(boolean("personal"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .take()
}

fn account() -> TableCreateStatement {
    Table::create()
        .table("account")
        .col(pk_uuid("id"))
        .col(string("email"))
        .col(string("email_key"))
        .col(string_null("verified_key").unique_key())
        .col(string("name"))
        .col(text("password"))
        .col(big_integer("password_changed_at"))
        .col(big_integer_null("verified_at"))
        .col(boolean("instance_admin"))
        .col(blob_null("second_factor"))
        .col(big_integer_null("second_factor_at"))
        .col(big_integer("second_factor_step"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .take()
}

fn membership() -> TableCreateStatement {
    Table::create()
        .table("membership")
        .col(uuid("organisation_id"))
        .col(uuid("account_id"))
        .col(string("role"))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("organisation_id").col("account_id"))
        .foreign_key(&mut owned_by(
            "membership",
            "organisation_id",
            "organisation",
        ))
        .foreign_key(&mut owned_by("membership", "account_id", "account"))
        .take()
}

fn invitation() -> TableCreateStatement {
    Table::create()
        .table("invitation")
        .col(pk_uuid("id"))
        .col(uuid("organisation_id"))
        .col(string("email"))
        .col(string("email_key"))
        .col(string("role"))
        .col(uuid_null("invited_by"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("accepted_at"))
        .foreign_key(&mut owned_by(
            "invitation",
            "organisation_id",
            "organisation",
        ))
        .take()
}

fn session() -> TableCreateStatement {
    Table::create()
        .table("session")
        .col(pk_uuid("id"))
        .col(uuid("account_id"))
        .col(uuid("organisation_id"))
        .col(string("agent"))
        .col(string("address"))
        .col(big_integer("created_at"))
        .col(big_integer("last_used_at"))
        .col(big_integer("idle_expires_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("ended_at"))
        .col(string_null("end_reason"))
        .foreign_key(&mut owned_by("session", "account_id", "account"))
        .take()
}

fn refresh_token() -> TableCreateStatement {
    Table::create()
        .table("refresh_token")
        .col(blob("digest").primary_key())
        .col(uuid("session_id"))
        .col(big_integer("created_at"))
        .col(big_integer_null("consumed_at"))
        .foreign_key(&mut owned_by("refresh_token", "session_id", "session"))
        .take()
}

fn one_time_token() -> TableCreateStatement {
    Table::create()
        .table("one_time_token")
        .col(pk_uuid("id"))
        .col(uuid("account_id"))
        .col(string("purpose"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("used_at"))
        .foreign_key(&mut owned_by("one_time_token", "account_id", "account"))
        .take()
}

fn former_password() -> TableCreateStatement {
    Table::create()
        .table("former_password")
        .col(pk_uuid("id"))
        .col(uuid("account_id"))
        .col(text("password"))
        .col(big_integer("created_at"))
        .foreign_key(&mut owned_by("former_password", "account_id", "account"))
        .take()
}

fn recovery_code() -> TableCreateStatement {
    Table::create()
        .table("recovery_code")
        .col(blob("digest").primary_key())
        .col(uuid("account_id"))
        .col(big_integer_null("used_at"))
        .foreign_key(&mut owned_by("recovery_code", "account_id", "account"))
        .take()
}

/// No foreign key: attempts for accounts that do not exist are counted too.
fn login_guard() -> TableCreateStatement {
    Table::create()
        .table("login_guard")
        .col(blob("key").primary_key())
        .col(integer("failures"))
        .col(big_integer("window_at"))
        .col(big_integer("locked_until"))
        .col(integer("strikes"))
        .col(big_integer("updated_at"))
        .take()
}

fn known_device() -> TableCreateStatement {
    Table::create()
        .table("known_device")
        .col(blob("digest").primary_key())
        .col(uuid("account_id"))
        .col(big_integer("created_at"))
        .col(big_integer("last_used_at"))
        .foreign_key(&mut owned_by("known_device", "account_id", "account"))
        .take()
}

fn first_organisation() -> InsertStatement {
    Query::insert()
        .into_table("organisation")
        .columns(["id", "name", "personal", "created_at", "updated_at"])
        .values_panic([
            FIRST_ORGANISATION.into(),
            "First organisation".into(),
            false.into(),
            0i64.into(),
            0i64.into(),
        ])
        .take()
}

/// One column a statement, and none that may not be null: SQLite takes no more.
fn new_columns() -> Vec<TableAlterStatement> {
    let change = |table: &'static str, mut column: ColumnDef| {
        Table::alter().table(table).add_column(&mut column).take()
    };
    vec![
        change("api_key", uuid_null("organisation_id")),
        change("api_key", uuid_null("account_id")),
        change("api_key", text_null("scopes")),
        change("api_key", big_integer_null("expires_at")),
        change("api_key", big_integer_null("last_used_at")),
        change("api_key", integer_null("requests_per_minute")),
        change("document", uuid_null("organisation_id")),
    ]
}

fn belongs_to_the_first(table: &'static str) -> UpdateStatement {
    Query::update()
        .table(table)
        .value("organisation_id", FIRST_ORGANISATION)
        .take()
}

fn clients() -> UpdateStatement {
    Query::update()
        .table("api_key")
        .value("scopes", CLIENT_SCOPES)
        .take()
}

/// What a key could do before there were scopes.
const CLIENT_SCOPES: &str = "documents:read documents:write engine:use";

fn administrators() -> UpdateStatement {
    Query::update()
        .table("api_key")
        .value(
            "scopes",
            format!(
                "{CLIENT_SCOPES} keys:manage members:manage organisation:manage audit:read usage:read instance:manage"
            ),
        )
        .and_where(Expr::col("admin").eq(true))
        .take()
}
