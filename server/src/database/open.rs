//! Opening connections.

use std::{path::Path, time::Duration};

use anyhow::Context;
use sea_orm::{ConnectOptions, DatabaseConnection, sqlx::Connection};
use tracing::log::LevelFilter;

use super::Database;
use crate::config::DatabaseSettings;

/// Longest that SQLite waits for a lock that another process holds, e.g. `locutor keys`.
const BUSY: Duration = Duration::from_secs(30);

impl Database {
    /// Opens the configured PostgreSQL, or without one the SQLite file, which must exist.
    ///
    /// # Errors
    /// When the database cannot be reached, or the settings are none.
    pub async fn open(settings: &DatabaseSettings, file: &Path) -> anyhow::Result<Self> {
        match &settings.url {
            None => sqlite(settings, file).await,
            Some(url) => postgres(settings, url.reveal()).await,
        }
    }
}

async fn postgres(settings: &DatabaseSettings, url: &str) -> anyhow::Result<Database> {
    let mut options = common(settings, url);
    options
        .max_connections(settings.connections)
        .statement_timeout(Duration::from_secs(settings.statement_seconds))
        .set_application_name("locutor");
    let pool = connect(options).await.context(
        "cannot connect to PostgreSQL; check `database.url` and that the server accepts connections",
    )?;
    Ok(Database::of(pool.clone(), pool))
}

/// `synchronous=FULL` makes each commit wait for the disk: what was acknowledged survives a power
/// cut too, not only a killed process, which `NORMAL` would promise.
async fn sqlite(settings: &DatabaseSettings, file: &Path) -> anyhow::Result<Database> {
    let open = async |connections: u32, read_only: bool| {
        let mut options = common(settings, "sqlite://locutor.db");
        let shown = file;
        let file = file.to_path_buf();
        options
            .max_connections(connections)
            .map_sqlx_sqlite_opts(move |options| {
                options
                    .filename(&file)
                    .busy_timeout(BUSY)
                    .foreign_keys(true)
                    .pragma("journal_mode", "WAL")
                    .pragma("synchronous", "FULL")
                    .pragma("query_only", if read_only { "true" } else { "false" })
            })
            // A full disk makes SQLite roll back by itself, after which the driver still counts a
            // transaction as open: what it begins then lies inside of one that never commits.
            .map_sqlx_sqlite_before_acquire(|connection, _| {
                let usable = !connection.is_in_transaction();
                Box::pin(async move { Ok(usable) })
            });
        // Nothing between this process and its file can break off, as a network does.
        options.test_before_acquire(false);
        connect(options).await.with_context(|| {
            format!(
                "cannot open the database {}; check that this user may write there and that the disk is not full",
                shown.display()
            )
        })
    };
    // The writer first: it turns WAL mode on, which a reader may not.
    let writer = open(1, false).await?;
    let reader = open(settings.connections, true).await?;
    Ok(Database::of(reader, writer))
}

fn common(settings: &DatabaseSettings, url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .acquire_timeout(Duration::from_secs(settings.acquire_seconds))
        .connect_timeout(Duration::from_secs(settings.acquire_seconds))
        .sqlx_logging(true)
        .sqlx_logging_level(LevelFilter::Trace)
        .sqlx_slow_statements_logging_settings(
            LevelFilter::Warn,
            Duration::from_millis(settings.slow_milliseconds),
        );
    options
}

async fn connect(options: ConnectOptions) -> Result<DatabaseConnection, sea_orm::DbErr> {
    // On the heap: it is a kilobyte of state that every caller would carry.
    Box::pin(sea_orm::Database::connect(options)).await
}
