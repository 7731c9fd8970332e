//! The only place that picks adapters and joins the routes of all slices.
//!
//! configuration -> [`DataFolder`] (locked) -> database (migrated) -> engine -> [`State`] ->
//! router -> [`serve`].

mod backends;
mod data_folder;
mod document;
mod engine;
mod first_key;
mod open_database;
mod router;
mod serve;
mod shutdown;
mod state;
mod vectors;

pub use backends::Backends;
pub use data_folder::{DataFolder, Lock};
pub use document::openapi_json;
pub use engine::build_engine;
pub use open_database::{connect, open_database};
pub use serve::serve;
pub use state::{document_service, key_service};
pub use vectors::vector_index;

use std::future::Future;

/// Runs a future to its end on a small runtime of its own: for commands that do one thing.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
