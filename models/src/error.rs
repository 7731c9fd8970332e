//! Why a model cannot be had or cannot be used; each message says what to do next.

use std::io;
use std::path::{Path, PathBuf};

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
    /// The catalog has no file of this model for the machine.
    #[error("model `{id}` has no file for {platform}; the catalog serves it on other systems only")]
    Platform {
        /// Name of the model.
        id: String,
        /// Operating system and processor.
        platform: String,
    },
    /// A package could not be fetched.
    #[error(
        "cannot fetch {package}: {reason}; check the connection, proxy and mirror settings, or fetch it elsewhere and use `locutor models import`"
    )]
    Source {
        /// Kind, name and version of the package.
        package: String,
        /// What failed.
        reason: String,
    },
    /// What was fetched or made is not what the catalog says.
    #[error(
        "{what} is not what the catalog says: {problem}; nothing was installed. Pull again, and report it if it happens twice"
    )]
    Mismatch {
        /// The package or file.
        what: String,
        /// What differs: size or digest.
        problem: String,
    },
    /// A package or a weight file cannot be read.
    #[error("{path} cannot be read as {format}: {reason}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The format it should have.
        format: &'static str,
        /// Where it deviates.
        reason: String,
    },
    /// The disk has no room.
    #[error("not enough space: {folder} needs {needed} bytes but has {available} free; make room there or set LOCUTOR_MODELS_DIR to another disk", folder = folder.display())]
    Full {
        /// The models folder.
        folder: PathBuf,
        /// Bytes that the operation needs.
        needed: u64,
        /// Bytes that are free.
        available: u64,
    },
    /// The caller asked to stop.
    #[error("stopped; pull again to resume")]
    Cancelled,
    /// A catalog or lock file breaks a rule.
    #[error("catalog: {reason}")]
    Catalog {
        /// The rule and the entry.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl Error {
    /// Names the file in a system error, for `map_err`.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + use<'_> {
        move |source| Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }

    /// Whether the disk ran out of room while writing.
    pub(crate) fn is_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if matches!(
            source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        ))
    }
}
