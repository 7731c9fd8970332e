//! The `locutor` command: a server around the engine, and the engine's tasks on the command line.
//!
//! arguments -> [`cli`] -> either one engine task, or [`app`], which reads [`config`], picks
//! [`adapters`] for the [`ports`], and joins the routes of all [`features`] into one server.

mod access;
mod adapters;
mod app;
mod bridge;
mod cli;
mod config;
mod database;
mod entity;
mod features;
mod foundation;
mod http;
mod letters;
mod logging;
mod mail;
mod migration;
mod ports;
mod secrets;
mod telemetry;

use std::process::ExitCode;

/// Many small pieces are allocated for each request and freed on other threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
