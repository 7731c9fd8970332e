//! The vector store, opened when it is first needed: its vectors are as long as the embedding
//! model says, and that model is loaded late.

use std::sync::{Arc, Mutex, PoisonError};

use locutor::{Engine, Result, retrieve::VectorStore};

/// Opens the store for vectors of the given length.
pub type OpenStore = dyn Fn(usize) -> Result<Arc<dyn VectorStore>> + Send + Sync;

/// The vector store; clones share it.
#[derive(Clone)]
pub struct VectorIndex {
    open: Arc<OpenStore>,
    store: Arc<Mutex<Option<Arc<dyn VectorStore>>>>,
}

impl VectorIndex {
    /// Will be opened by `open`.
    pub fn new(open: Arc<OpenStore>) -> Self {
        Self {
            open,
            store: Arc::default(),
        }
    }

    /// The store. Blocks while it is opened: call it on an engine thread.
    ///
    /// # Errors
    /// Those of the embedding model and of `open`; the next call tries again.
    pub fn get(&self, engine: &Engine) -> Result<Arc<dyn VectorStore>> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = store.as_ref() {
            return Ok(Arc::clone(store));
        }
        let opened = (self.open)(engine.embedder(None)?.dimensions())?;
        *store = Some(Arc::clone(&opened));
        Ok(opened)
    }
}
