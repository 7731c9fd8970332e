//! Finding passages: a [`VectorStore`] holds chunks with a dense vector and sparse terms, and
//! answers queries by either or by a fusion of both.
//!
//! chunks -> [`Point`]s -> [`VectorStore::upsert`]; question -> [`Query`] ->
//! [`VectorStore::search`] -> [`Hit`]s, best first.
//!
//! [`EdgeStore`] (in process) and [`QdrantStore`] (a Qdrant server) only fetch candidates: `bm25`
//! turns text into sparse vectors, `search` asks for both candidate lists and `fusion` joins
//! them, in the same code for both.

mod bm25;
#[cfg(test)]
mod contract;
mod edge;
mod fusion;
mod qdrant;
mod schema;
mod search;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Result;

pub use edge::EdgeStore;
pub use qdrant::{QdrantSettings, QdrantStore};

/// What is kept beside the vectors of a chunk, enough to show and cite it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// Whose chunk it is, where several share a store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Uuid>,
    /// Document the chunk belongs to.
    pub document: Uuid,
    /// Title to cite it by.
    pub title: String,
    /// Headings above the chunk, outermost first, joined by ` > `; indexed with the text.
    #[serde(default)]
    pub heading: Option<String>,
    /// Position of the chunk in its document, from 0.
    pub ordinal: u32,
    /// The text.
    pub text: String,
    /// Byte offset of the text's start in the source document.
    pub start: usize,
    /// Byte offset just past its end.
    pub end: usize,
    /// Labels to filter by.
    #[serde(default)]
    pub tags: Vec<String>,
}

impl Passage {
    /// What to embed and what is indexed by words: the heading on a line of its own, then the
    /// text. A paragraph often makes sense only under its heading.
    pub fn text_with_heading(&self) -> Cow<'_, str> {
        match &self.heading {
            Some(heading) => Cow::Owned(format!("{heading}\n{}", self.text)),
            None => Cow::Borrowed(&self.text),
        }
    }
}

/// A chunk to store.
#[derive(Debug, Clone)]
pub struct Point {
    /// Identity of the chunk; the same id replaces it.
    pub id: Uuid,
    /// Dense vector of unit length.
    pub vector: Vec<f32>,
    /// The chunk itself; its heading and text are also indexed by words (BM25).
    pub passage: Passage,
}

/// How the two rankings become one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ranking {
    /// Cosine similarity only.
    Dense,
    /// BM25 only.
    Sparse,
    /// Reciprocal rank fusion: the sum of 1 / (k + rank), ranks from 1.
    ReciprocalRank {
        /// Damping; 60 in Cormack et al. 2009.
        k: u32,
    },
    /// `dense_weight` x dense + (1 - `dense_weight`) x sparse, each min-max normalised per query.
    Convex {
        /// In `[0, 1]`.
        dense_weight: f32,
    },
}

/// Which chunks may be found. Empty lists do not restrict.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    /// Only chunks of this tenant; `None` does not restrict.
    #[serde(default)]
    pub tenant: Option<Uuid>,
    /// Only chunks of these documents.
    #[serde(default)]
    pub documents: Vec<Uuid>,
    /// Only chunks with at least one of these tags.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// A search.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// The question in words.
    pub text: &'a str,
    /// Its dense vector; may be empty for [`Ranking::Sparse`].
    pub vector: &'a [f32],
    /// How to rank.
    pub ranking: Ranking,
    /// What to consider.
    pub filter: Filter,
    /// Most hits to return.
    pub limit: usize,
}

/// A chunk that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The chunk's id.
    pub id: Uuid,
    /// Higher is better; comparable within one query only.
    pub score: f32,
    /// The chunk.
    pub passage: Passage,
}

/// A store of chunks. All implementations pass the same contract suite.
pub trait VectorStore: Send + Sync {
    /// Adds or replaces chunks. When it returns, they can be found and survive a restart.
    ///
    /// # Errors
    /// [`crate::Error::InvalidInput`] for a vector of the wrong length, [`crate::Error::Store`].
    fn upsert(&self, points: &[Point]) -> Result<()>;

    /// Removes every chunk of a document; one that is not there is no error.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    fn delete_document(&self, document: Uuid) -> Result<()>;

    /// Finds chunks, best first; an empty store gives none.
    ///
    /// # Errors
    /// [`crate::Error::InvalidInput`] for a vector of the wrong length, [`crate::Error::Store`].
    fn search(&self, query: &Query<'_>) -> Result<Vec<Hit>>;

    /// Number of chunks stored.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    fn count(&self) -> Result<usize>;

    /// Removes everything.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    fn clear(&self) -> Result<()>;
}
