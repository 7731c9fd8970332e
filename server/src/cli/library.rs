//! The documents of a data folder, worked on directly while no server does.

use std::sync::Arc;

use locutor::Engine;

use crate::{
    app::{DataFolder, Lock, Platform, block_on, build_engine, open_database, vector_index},
    config::Configuration,
    database::Database,
    features::documents::{DocumentService, Indexer, VectorIndex},
};

/// An open data folder; nobody else works on it meanwhile.
pub struct Library {
    /// The engine.
    pub engine: Engine,
    /// The documents.
    pub documents: DocumentService,
    /// Their vectors.
    pub index: VectorIndex,
    _database: Database,
    _lock: Arc<Lock>,
}

impl Library {
    /// Opens the data folder, or says that a server has it.
    pub async fn open(configuration: &Configuration) -> anyhow::Result<Self> {
        let folder = DataFolder::prepare(&configuration.data.dir)?;
        let lock = folder.lock()?;
        let database = open_database(configuration, &folder).await?;
        let engine = build_engine(&configuration.engine)?;
        Ok(Self {
            documents: Platform::build(configuration, &folder, &database)?.documents,
            index: vector_index(&folder, &engine),
            engine,
            _database: database,
            _lock: Arc::new(lock),
        })
    }

    /// The worker that makes vectors.
    pub fn indexer(&self) -> Indexer {
        Indexer::new(
            self.documents.clone(),
            self.engine.clone(),
            self.index.clone(),
        )
    }
}

/// Opens the data folder and works on it.
pub fn with_library<T>(
    configuration: &Configuration,
    work: impl AsyncFnOnce(&Library) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    block_on(async {
        let library = Library::open(configuration).await?;
        work(&library).await
    })
}
