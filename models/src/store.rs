//! The models folder: one sub-folder per model, named by its id.

use std::path::{Path, PathBuf};

/// A models folder.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// Uses the folder; it need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// `LOCUTOR_MODELS_DIR` when set, else `locutor/models` in the platform's cache folder.
    pub fn default_folder() -> PathBuf {
        std::env::var_os("LOCUTOR_MODELS_DIR")
            .map(PathBuf::from)
            .unwrap_or_else(|| {
                let cache = directories::BaseDirs::new().map(|dirs| dirs.cache_dir().to_path_buf());
                cache
                    .unwrap_or_else(std::env::temp_dir)
                    .join("locutor")
                    .join("models")
            })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
