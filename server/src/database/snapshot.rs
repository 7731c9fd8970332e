//! Several reads that see one state of the database, whatever is written meanwhile.

use sea_orm::{
    AccessMode, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, TransactionOptions,
    TransactionTrait,
};

use super::Database;

impl Database {
    /// Begins a transaction that only reads. SQLite's transactions see one state by themselves;
    /// PostgreSQL's do from the level "repeatable read" on.
    ///
    /// # Errors
    /// When the database cannot be reached, or no connection gets free in time.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = match self.kind() {
            DbBackend::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
            _ => TransactionOptions::default(),
        };
        self.reader().begin_with_options(options).await
    }
}
