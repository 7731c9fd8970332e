//! Faults: what the system promises when it is killed, when what it depends on goes away and
//! comes back, when it is more than one process, and when the disk is full. One module per promise.
//!
//! [`load`] writes and [`ledger`] remembers what was acknowledged, while a test does the harm; then
//! the ledger is compared with what the server says. Each test writes its figures to the log.

mod disk;
mod kill;
mod ledger;
mod load;
mod mail_server;
mod outage;
mod postgres;
mod readiness;
mod redis;
mod two_processes;
mod worker;

use std::{
    fmt::Display,
    hash::{BuildHasher, Hasher, RandomState},
    io::{self, Write},
    ops::Range,
    time::Duration,
};

use anyhow::{Result, bail, ensure};
use locutor_tests::{DataFolder, Server, accounts, command, server::Builder};

/// Settings of a server under load: people are limited, as everywhere, but not to what a load test
/// stays below.
fn builder() -> Result<Builder> {
    Ok(accounts::builder()?.environment("LOCUTOR_RATE_LIMITS__USER", "1000000/minute"))
}

/// Writes a figure past the test harness, which would keep it from the log.
fn report(figure: impl Display) {
    let line = format!("\nfaults: {figure}\n");
    io::stderr().write_all(line.as_bytes()).ok();
}

/// A length of time that nobody can foresee.
fn random(milliseconds: Range<u64>) -> Duration {
    let chance = RandomState::new().build_hasher().finish();
    let width = milliseconds.end - milliseconds.start;
    Duration::from_millis(milliseconds.start + chance % width)
}

/// Whether this machine could not start a service that a test needs; continuous integration must.
fn not_tested(what: &str, why: &str) -> Result<()> {
    ensure!(std::env::var_os("CI").is_none(), "{what}: {why}");
    report(format!("NOT TESTED: {what}: {why}"));
    Ok(())
}

/// Checks the audit log and gives how many events it has.
fn audited(folder: &DataFolder) -> Result<u64> {
    let verified = command::json_on(folder, &["audit", "verify"])?;
    ensure!(verified["intact"] == true, "{verified}");
    Ok(verified["checked"].as_u64().unwrap_or_default())
}

/// So much of a log shows why a server ended.
const LAST_LINES: usize = 12;

/// The server still runs and no task of it panicked.
fn healthy(server: &Server) -> Result<()> {
    let log = server.log()?;
    let last: Vec<_> = log.lines().rev().take(LAST_LINES).collect();
    let last: Vec<_> = last.into_iter().rev().collect();
    let last = last.join("\n");
    if !server.is_running()? {
        bail!(
            "the server ended, {}:\n{last}",
            server.wait(Duration::ZERO)?
        );
    }
    ensure!(!log.contains("panicked"), "{log}");
    Ok(())
}
