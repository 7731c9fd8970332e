//! Which vector store holds the passages.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use locutor::{
    Engine, Error, Result,
    retrieve::{EdgeStore, VectorStore},
};

use super::{DataFolder, data_folder::make_private};
use crate::features::documents::VectorIndex;

/// The store of the vectors that the engine's embedding model makes.
pub fn vector_index(folder: &DataFolder, engine: &Engine) -> VectorIndex {
    let path = folder.vectors(&engine.defaults().embedder);
    VectorIndex::new(Arc::new(move |dimensions| {
        let store: Arc<dyn VectorStore> = Arc::new(open(&path, dimensions)?);
        Ok(store)
    }))
}

/// Opens the folder. One that cannot be read is put aside and an empty one takes its place: the
/// indexer then finds it behind the rows and fills it again.
fn open(path: &Path, dimensions: usize) -> Result<EdgeStore> {
    let failed = |source| Error::Io {
        path: path.to_path_buf(),
        source,
    };
    make_private(path).map_err(failed)?;
    let error = match EdgeStore::open(path, dimensions) {
        Err(error @ Error::Store { .. }) => error,
        opened => return opened,
    };
    let mut aside = path.as_os_str().to_owned();
    aside.push(".damaged");
    let aside = PathBuf::from(aside);
    tracing::warn!(%error, aside = %aside.display(), "the vectors cannot be read; making them again");
    if aside.exists() {
        fs::remove_dir_all(&aside).map_err(failed)?;
    }
    fs::rename(path, &aside).map_err(failed)?;
    make_private(path).map_err(failed)?;
    EdgeStore::open(path, dimensions)
}
