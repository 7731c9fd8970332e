//! A process that does only jobs, from start to stop.
//!
//! It takes no lock on the data folder: the server has that, and both databases let several
//! processes work. It leaves changes of the schema to the server or `locutor migrate`, and waits
//! for them.

use std::time::Duration;

use anyhow::{Context, bail};
use tokio::sync::watch;

use super::{
    DataFolder, Platform, connect, jobs,
    shutdown::{self, Signals},
};
use crate::{config::Configuration, database::Database};

/// How often to look whether the schema is there, once a second.
const LOOKS: u32 = 60;

/// Does jobs until a signal asks to stop.
pub fn run_worker(configuration: &Configuration) -> anyhow::Result<()> {
    let folder = DataFolder::prepare(&configuration.data.dir)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(configuration, &folder))
}

async fn run(configuration: &Configuration, folder: &DataFolder) -> anyhow::Result<()> {
    let mut signals = Signals::listen().context("listening to signals")?;
    let database = connect(configuration, folder).await?;
    tokio::select! {
        current = wait_for_schema(&database) => current?,
        () = signals.next() => return Ok(()),
    }
    let platform = Platform::build(configuration, folder, &database)?;
    let worker = jobs::worker(configuration, &platform)?;
    tracing::info!(workers = configuration.jobs.workers, "doing jobs");
    let stop = watch::Sender::new(false);
    let stopping = stop.subscribe();
    tokio::spawn(async move {
        signals.next().await;
        tracing::info!("stopping: running jobs may finish");
        stop.send_replace(true);
        shutdown::leave_when_requested_again(signals).await;
    });
    worker.run(stopping).await;
    database.close().await.context("closing the database")
}

async fn wait_for_schema(database: &Database) -> anyhow::Result<()> {
    for look in 0..LOOKS {
        let pending = database.pending_migrations().await?;
        if pending.is_empty() {
            return Ok(());
        }
        if look == 0 {
            tracing::warn!(
                missing = pending.join(", "),
                "waiting for the current schema"
            );
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    bail!(
        "the database still lacks the current schema; run `locutor migrate`, or start the server first"
    )
}
