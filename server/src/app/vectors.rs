//! Which vector store: inside this process, or a Qdrant server.

use std::sync::Arc;

use locutor::{Engine, Error, retrieve::VectorStore};

use super::DataFolder;
use crate::{config::Retrieval, features::documents::VectorIndex};

/// The store of the vectors that this embedding model makes.
pub fn vector_index(folder: &DataFolder, _settings: &Retrieval, engine: &Engine) -> VectorIndex {
    let path = folder.vectors(&engine.defaults().embedder);
    VectorIndex::new(Arc::new(move |dimensions| open(&path, dimensions)))
}

fn open(path: &std::path::Path, dimensions: usize) -> Result<Arc<dyn VectorStore>, Error> {
    Err(Error::store(format!(
        "not yet: {} {dimensions}",
        path.display()
    )))
}
