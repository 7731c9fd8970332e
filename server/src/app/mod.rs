//! The only place that picks adapters and joins the routes of all slices.
//!
//! configuration -> [`DataFolder`] (locked) -> database (migrated) -> engine -> [`State`] ->
//! router -> [`serve`].

mod audit;
mod backends;
mod check;
mod data_folder;
mod document;
mod engine;
mod first_key;
mod identity;
mod jobs;
mod open_database;
mod platform;
mod retention;
mod router;
mod secret;
mod serve;
mod shutdown;
mod state;
mod vectors;
mod worker;

pub use audit::audit_service;
pub use backends::Backends;
pub use check::check;
pub use data_folder::{DataFolder, Lock};
pub use document::openapi_json;
pub use engine::build_engine;
pub use identity::Identity;
pub use jobs::public_url;
pub use open_database::{connect, open_database};
pub use platform::Platform;
pub use secret::server_secret;
pub use serve::serve;
pub use vectors::vector_index;
pub use worker::run_worker;

use std::future::Future;

/// Runs a future to its end on a small runtime of its own: for commands that do one thing.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
