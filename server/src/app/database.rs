//! The database connection and its schema.

use std::time::Duration;

use anyhow::Context;
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use sea_orm_migration::MigratorTrait;

use super::DataFolder;
use crate::migration::Migrator;

/// Readers never wait for the writer in WAL mode, so a few connections serve many requests.
const CONNECTIONS: u32 = 8;

/// Opens the folder's SQLite database, creating it when it is missing.
///
/// `synchronous=FULL` makes each commit wait for the disk: an acknowledged document survives a
/// power cut too, not only a killed process, which `NORMAL` would promise.
pub async fn connect(folder: &DataFolder) -> anyhow::Result<DatabaseConnection> {
    let path = folder
        .database()
        .context("cannot write to the data folder; give this user permission to write there or choose another one with --data-dir")?;
    let file = path.clone();
    let mut options = ConnectOptions::new("sqlite://locutor.db");
    options
        .max_connections(CONNECTIONS)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            options
                .filename(&file)
                .create_if_missing(true)
                .busy_timeout(Duration::from_secs(30))
                .foreign_keys(true)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
        });
    Database::connect(options).await.with_context(|| {
        format!("cannot open the database {}; check that this user may write there and that the disk is not full", path.display())
    })
}

/// Applies what is missing of the schema and names it.
pub async fn migrate(database: &DatabaseConnection) -> anyhow::Result<Vec<String>> {
    let pending = Migrator::get_pending_migrations(database)
        .await
        .context("reading the schema's history")?;
    if pending.is_empty() {
        return Ok(Vec::new());
    }
    Migrator::up(database, None)
        .await
        .context("bringing the database to the current schema")?;
    Ok(pending
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect())
}

/// A fresh database in a temporary folder, which must outlive it.
#[cfg(test)]
pub async fn temporary() -> (tempfile::TempDir, DatabaseConnection) {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::prepare(folder.path()).unwrap();
    let database = connect(&data).await.unwrap();
    migrate(&database).await.unwrap();
    (folder, database)
}
