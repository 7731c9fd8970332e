//! Documents: added, listed, read, replaced and removed; the passages that answers come from.
//!
//! request -> [`DocumentService`] -> one transaction (document, chunks, index task) -> 201. From
//! there the [`Indexer`] follows: task -> rows -> vectors. The rows are the truth: whatever the
//! vector store loses is made again from them.

mod error;
mod http;
mod index;
mod indexer;
#[cfg(test)]
mod indexer_tests;
mod prepared;
mod purge;
mod search;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod upload;
mod view;

pub use error::DocumentError;
pub use http::{DocumentState, routes};
pub use index::VectorIndex;
pub use indexer::{Indexer, Progress};
pub use prepared::{NewDocument, Seen};
pub use purge::PurgeJob;
pub use search::PassageSearch;
pub use service::{DocumentService, Outcome};
pub use upload::format_of_name;
pub use view::{Document, DocumentPage, Status};
