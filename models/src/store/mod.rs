//! The models folder: one sub-folder per model, named by its id.
//!
//! Beside them lie `.partial` (downloads and files in the making), `.locks` (one lock file per
//! model and package) and `locutor.lock` (digests of hub models, resolved at their first pull).

mod guard;
mod import;
mod installed;
mod lock;
mod space;

pub use installed::Installed;

use std::path::{Path, PathBuf};

pub(crate) use guard::Guard;
pub(crate) use lock::{Lock, LockedFile};
pub(crate) use space::{explain_full, require_space};

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
            .filter(|folder| !folder.is_empty())
            .map_or_else(
                || {
                    let cache =
                        directories::BaseDirs::new().map(|dirs| dirs.cache_dir().to_path_buf());
                    cache
                        .unwrap_or_else(std::env::temp_dir)
                        .join("locutor")
                        .join("models")
                },
                PathBuf::from,
            )
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Folder of one model.
    pub(crate) fn model_folder(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// Downloads and files in the making.
    pub(crate) fn partial_folder(&self) -> PathBuf {
        self.folder.join(".partial")
    }

    /// Lock files; they stay, since removing one that another process waits for would split the lock.
    pub(crate) fn locks_folder(&self) -> PathBuf {
        self.folder.join(".locks")
    }
}
