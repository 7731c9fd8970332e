//! A view of the vector store that finds only passages that the documents hold.
//!
//! The vectors follow the rows a moment later, or much later while a large document is indexed
//! or the store fails. The rows are the truth: a passage that they do not hold is dropped from
//! what is found, so that no answer comes from a text whose removal or replacement was
//! acknowledged. Of the passages only those of one organisation are looked at.

use std::sync::Arc;

use locutor::{
    Engine, Error, Result,
    retrieve::{Filter, Hit, Point, Query, VectorStore},
};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::{DocumentService, VectorIndex};

/// The vectors and the rows they must agree with; clones share both.
#[derive(Clone)]
pub struct PassageSearch {
    documents: DocumentService,
    index: VectorIndex,
}

impl PassageSearch {
    /// Searches the index and checks against the documents.
    pub fn new(documents: DocumentService, index: VectorIndex) -> Self {
        Self { documents, index }
    }

    /// The store, as far as it is this organisation's. Blocks while it is opened, and at every
    /// search: call it on an engine thread. `runtime` is where the database works.
    ///
    /// # Errors
    /// Those of [`VectorIndex::get`].
    pub fn open(
        &self,
        engine: &Engine,
        runtime: Handle,
        organisation: Uuid,
    ) -> Result<impl VectorStore + use<>> {
        Ok(CurrentOnly {
            store: self.index.get(engine)?,
            documents: self.documents.clone(),
            runtime,
            organisation,
        })
    }
}

struct CurrentOnly {
    store: Arc<dyn VectorStore>,
    documents: DocumentService,
    runtime: Handle,
    organisation: Uuid,
}

impl VectorStore for CurrentOnly {
    fn upsert(&self, points: &[Point]) -> Result<()> {
        self.store.upsert(points)
    }

    fn delete_document(&self, document: Uuid) -> Result<()> {
        self.store.delete_document(document)
    }

    fn search(&self, query: &Query<'_>) -> Result<Vec<Hit>> {
        // Whatever a request asks for: passages of other organisations do not exist for it.
        let query = Query {
            filter: Filter {
                tenant: Some(self.organisation),
                ..query.filter.clone()
            },
            ..*query
        };
        let mut hits = self.store.search(&query)?;
        self.runtime
            .block_on(self.documents.retain_current(&mut hits, self.organisation))
            .map_err(|error| Error::store(format!("looking up the passages found: {error}")))?;
        Ok(hits)
    }

    fn count(&self) -> Result<usize> {
        self.store.count()
    }

    fn clear(&self) -> Result<()> {
        self.store.clear()
    }
}
