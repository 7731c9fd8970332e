//! The relational database: SQLite in the data folder, or PostgreSQL by configuration.
//!
//! [`Settings`](crate::config::DatabaseSettings) -> [`Database::open`] -> [`Database::migrate`] -> slices read through
//! [`Database::reader`], write single statements through [`Database::writer`] and several that
//! belong together in a transaction of [`Database::begin`].
//!
//! SQLite has one writer at a time, whoever else may wait: so there is one writing connection,
//! and those who want it queue for it in turn instead of polling a lock. Readers never wait for
//! it (WAL mode). PostgreSQL uses one pool for both. Everything else is one code path.

mod insert;
mod open;
mod outage;
mod snapshot;
#[cfg(test)]
pub mod testing;

pub use insert::insert;
pub use outage::is_away;

use std::sync::Arc;

use anyhow::Context;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

use crate::migration::Migrator;

/// Connections to the database; clones share them.
#[derive(Debug, Clone)]
pub struct Database(Arc<Connections>);

#[derive(Debug)]
struct Connections {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
}

impl Database {
    fn of(reader: DatabaseConnection, writer: DatabaseConnection) -> Self {
        Self(Arc::new(Connections { reader, writer }))
    }

    /// For statements that only read.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.0.reader
    }

    /// For single statements that write. Never call it while holding a transaction of
    /// [`Database::begin`]: on SQLite both are the same connection.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.0.writer
    }

    /// Begins a transaction that will write. Taking SQLite's write lock at once avoids the
    /// failure of two readers that both want to become writers.
    ///
    /// # Errors
    /// When the database cannot be reached, or no connection gets free in time.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.0.writer.begin_with_options(options).await
    }

    /// Which of the two it is.
    pub fn kind(&self) -> DbBackend {
        self.0.reader.get_database_backend()
    }

    /// Whether it answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.0.reader.ping().await
    }

    /// Applies what is missing of the schema and names it.
    ///
    /// # Errors
    /// When the database cannot be reached or refuses a change; nothing of that change remains.
    pub async fn migrate(&self) -> anyhow::Result<Vec<String>> {
        let pending = self.pending_migrations().await?;
        if pending.is_empty() {
            return Ok(Vec::new());
        }
        Migrator::up(&self.0.writer, None)
            .await
            .context("bringing the database to the current schema")?;
        Ok(pending)
    }

    /// What [`Database::migrate`] would apply.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn pending_migrations(&self) -> anyhow::Result<Vec<String>> {
        let pending = Migrator::get_pending_migrations(&self.0.writer)
            .await
            .context("reading the schema's history")?;
        Ok(pending
            .iter()
            .map(|migration| migration.name().to_owned())
            .collect())
    }

    /// Closes all connections.
    ///
    /// # Errors
    /// When one of them fails to close.
    pub async fn close(self) -> Result<(), DbErr> {
        self.0.reader.close_by_ref().await?;
        self.0.writer.close_by_ref().await
    }
}
