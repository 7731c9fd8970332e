//! Why a model cannot be had or cannot be used; each message says what to do next.

use std::path::PathBuf;

/// Result of every fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a model cannot be had or cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The catalog has no such entry.
    #[error("unknown model `{id}`; `locutor models list` shows every name")]
    Unknown {
        /// Name as requested.
        id: String,
    },
    /// The models folder lacks it.
    #[error("model `{id}` is not in {folder}; get it with `locutor models pull {id}`", folder = folder.display())]
    Missing {
        /// Name of the model.
        id: String,
        /// The models folder.
        folder: PathBuf,
    },
    /// A file differs from the catalog.
    #[error("model `{id}` is damaged: {path} {problem}; repair it with `locutor models pull {id}`", path = path.display())]
    Damaged {
        /// Name of the model.
        id: String,
        /// The file.
        path: PathBuf,
        /// What differs: size or digest.
        problem: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}
