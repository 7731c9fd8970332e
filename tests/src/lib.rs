//! What the black-box tests (and the benchmarks) need to use the built `locutor` binary from
//! outside: a server on a free port with its own data folder, HTTP requests to it, commands, the
//! official `OpenAI` client, and sounds to send.
//!
//! A test takes [`Server::shared`] when it only asks, or starts its own with [`Server::builder`]
//! when it changes, kills or overloads it. All of them keep their rows where [`Database`] says. Nothing here knows Locutor's types: what it sees is
//! what a user sees.

pub mod accounts;
pub mod client;
pub mod command;
pub mod data_folder;
pub mod database;
pub mod form;
pub mod http;
pub mod outbox;
pub mod process;
pub mod python;
pub mod schemathesis;
pub mod server;
pub mod sound;

use std::{env, path::PathBuf};

use anyhow::{Context as _, Result};

pub use data_folder::DataFolder;
pub use database::Database;
pub use form::Form;
pub use http::Reply;
pub use server::Server;

/// The folder of the tests, as cargo names it when it runs them: a binary that was built in another
/// checkout finds the files of this one.
///
/// # Errors
/// When cargo does not run the test.
pub fn folder() -> Result<PathBuf> {
    let folder = env::var_os("CARGO_MANIFEST_DIR").context("run the tests with cargo")?;
    Ok(folder.into())
}
