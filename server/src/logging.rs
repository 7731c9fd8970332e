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

use tracing::Subscriber;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    Layer,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::{
    config::{Log, LogFormat, TelemetrySettings},
    telemetry::Traces,
};

/// Lines that may wait to be written: some megabytes.
const WAITING: usize = 16_384;

/// What is written at once.
const BYTES_AT_ONCE: usize = 64 << 10;

/// As long as it is there, lines are written and traces sent; all that is left when it is dropped. What goes
/// wrong with the last traces is the last that is logged.
#[derive(Debug)]
#[must_use = "the log ends when it is dropped"]
pub struct Written {
    _traces: Option<Traces>,
    _lines: WorkerGuard,
}

static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Writes every line at once. A second call in one process (tests) keeps the first log.
///
/// # Errors
/// When the filter is none.
pub fn start(log: &Log) -> anyhow::Result<()> {
    install(log, None, io::stderr)
}

/// Leaves writing to a thread, and has traces made where there is a collector for them.
///
/// # Errors
/// When the filter is none, or a setting of the traces.
pub fn start_queued(log: &Log, telemetry: &TelemetrySettings) -> anyhow::Result<Written> {
    let output = BufWriter::with_capacity(BYTES_AT_ONCE, io::stderr());
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING)
        .lossy(true)
        .thread_name("log")
        .finish(output);
    DROPPED.set(writer.error_counter()).ok();
    let traces = Traces::start(telemetry)?;
    install(log, traces.as_ref(), writer)?;
    Ok(Written {
        _traces: traces,
        _lines: guard,
    })
}

/// Lines that nobody will see, because standard error took them too slowly.
pub fn dropped_lines() -> u64 {
    DROPPED
        .get()
        .map_or(0, |counter| counter.dropped_lines() as u64)
}

fn install<W>(log: &Log, traces: Option<&Traces>, writer: W) -> anyhow::Result<()>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = log.parsed_filter()?;
    let subscriber = tracing_subscriber::registry();
    match traces {
        // Around everything, where it is asked once for each place in the code.
        None => subscriber
            .with(filter)
            .with(lines(log.format, writer))
            .try_init(),
        // Traces go on whatever the log leaves out.
        Some(traces) => subscriber
            .with(lines(log.format, writer).with_filter(filter))
            .with(traces.layer())
            .try_init(),
    }
    .ok();
    Ok(())
}

fn lines<S, W>(format: LogFormat, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = fmt::layer()
        .with_ansi(io::stderr().is_terminal())
        .with_writer(writer);
    match format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().boxed(),
    }
}
