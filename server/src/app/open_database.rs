//! The database as configured, with its current schema.

use anyhow::{Context, bail};

use super::DataFolder;
use crate::{config::Configuration, database::Database};

/// Opens the database and brings it up to date, unless the configuration leaves that to
/// `locutor migrate`.
pub async fn open_database(
    configuration: &Configuration,
    folder: &DataFolder,
) -> anyhow::Result<Database> {
    let database = connect(configuration, folder).await?;
    if configuration.database.migrate {
        database.migrate().await?;
        return Ok(database);
    }
    let pending = database.pending_migrations().await?;
    if !pending.is_empty() {
        bail!(
            "the database lacks {}; run `locutor migrate`, or set `database.migrate`",
            pending.join(", ")
        );
    }
    Ok(database)
}

/// Opens the database as it is.
pub async fn connect(
    configuration: &Configuration,
    folder: &DataFolder,
) -> anyhow::Result<Database> {
    let file = folder
        .database()
        .context("cannot write to the data folder; give this user permission to write there or choose another one with --data-dir")?;
    Database::open(&configuration.database, &file).await
}
