//! The log: lines on standard error.
//!
//! A command that does one thing writes them itself. Servers and workers leave them to a thread, which
//! writes all that wait at once: each request would otherwise pay for a system call and for its turn at
//! the lock, a third of the work of a short one. Where standard error takes nothing any more, lines are
//! dropped and counted, and the server goes on.

use std::{
    io::{self, BufWriter, IsTerminal},
    sync::OnceLock,
};

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};

/// Lines that may wait to be written: some megabytes.
const WAITING: usize = 16_384;

/// What is written at once.
const BYTES_AT_ONCE: usize = 64 << 10;

static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Writes every line at once. A second call in one process (tests) keeps the first log.
///
/// # Errors
/// When the filter is none.
pub fn start(log: &Log) -> anyhow::Result<()> {
    install(log, io::stderr)
}

/// Leaves writing to a thread, which ends when the guard is dropped, once everything is written.
///
/// # Errors
/// When the filter is none.
pub fn start_queued(log: &Log) -> anyhow::Result<WorkerGuard> {
    let output = BufWriter::with_capacity(BYTES_AT_ONCE, io::stderr());
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING)
        .lossy(true)
        .thread_name("log")
        .finish(output);
    DROPPED.set(writer.error_counter()).ok();
    install(log, writer)?;
    Ok(guard)
}

/// Lines that nobody will see, because standard error took them too slowly.
pub fn dropped_lines() -> u64 {
    DROPPED
        .get()
        .map_or(0, |counter| counter.dropped_lines() as u64)
}

fn install(
    log: &Log,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
) -> anyhow::Result<()> {
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(log.parsed_filter()?)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(writer);
    match log.format {
        LogFormat::Text => subscriber.try_init().ok(),
        LogFormat::Json => subscriber.json().try_init().ok(),
    };
    Ok(())
}
