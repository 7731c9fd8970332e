//! The check that a model is what the catalog says.

use std::path::{Path, PathBuf};

use crate::{Catalog, Error, Result, Store};

/// A model whose every file has the size and digest of the catalog. Only [`Store::verify`]
/// makes one.
#[derive(Debug, Clone)]
pub struct VerifiedModel {
    id: String,
    folder: PathBuf,
    bytes: u64,
}

impl VerifiedModel {
    /// Name of the model.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Path of one of its files, e.g. `model.onnx`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Folder that holds its files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Size of all files in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Store {
    /// Checks every file of the model against the catalog.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Missing`], [`Error::Damaged`], [`Error::Io`].
    pub fn verify(&self, catalog: &Catalog, id: &str) -> Result<VerifiedModel> {
        let entry = catalog.entry(id)?;
        Err(Error::Missing {
            id: entry.id.clone(),
            folder: self.folder().to_path_buf(),
        })
    }
}
