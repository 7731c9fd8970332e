//! The one error type of the engine. Each variant names a cause that a caller can act on; the
//! message says what to do next.

use std::{path::PathBuf, time::Duration};

/// Result of every fallible engine call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value of the request is unusable; `parameter` is its name in the request.
    #[error("{parameter}: {message}")]
    InvalidInput {
        /// Name of the offending parameter, e.g. `language`.
        parameter: &'static str,
        /// What is wrong with it and what would be right.
        message: String,
    },
    /// The bytes given as audio could not be turned into samples.
    #[error("audio: {message}")]
    Audio {
        /// What the decoder met.
        message: String,
    },
    /// No model of that name is known for the task.
    #[error("unknown model `{id}` for {task}; known: {known}")]
    UnknownModel {
        /// Name as requested.
        id: String,
        /// Task it was requested for.
        task: &'static str,
        /// Comma-separated names that would work.
        known: String,
    },
    /// A model is absent, damaged or unreadable in the models folder.
    #[error(transparent)]
    Model(#[from] locutor_models::Error),
    /// The caller asked for the work to stop.
    #[error("cancelled")]
    Cancelled,
    /// The queue of the task is full.
    #[error("the {lane} queue is full; try again in {} s", retry_after.as_secs().max(1))]
    Busy {
        /// Which queue.
        lane: &'static str,
        /// An estimate of when a place will be free.
        retry_after: Duration,
    },
    /// A library of the system that is needed at run time is missing.
    #[error("{library} could not be loaded: {message}")]
    MissingLibrary {
        /// Name of the library.
        library: &'static str,
        /// What was tried and how to install it.
        message: String,
    },
    /// A backend refused valid input: a bug or a damaged model.
    #[error("{backend}: {message}")]
    Backend {
        /// Name of the backend, e.g. `whisper`.
        backend: &'static str,
        /// Its own words.
        message: String,
    },
    /// The vector store failed.
    #[error("vector store: {message}")]
    Store {
        /// Its own words.
        message: String,
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

impl Error {
    /// An unusable request value.
    pub fn invalid(parameter: &'static str, message: impl Into<String>) -> Self {
        Self::InvalidInput {
            parameter,
            message: message.into(),
        }
    }

    /// Undecodable audio.
    pub fn audio(message: impl Into<String>) -> Self {
        Self::Audio {
            message: message.into(),
        }
    }

    /// A backend failure.
    pub fn backend(backend: &'static str, source: impl std::fmt::Display) -> Self {
        Self::Backend {
            backend,
            message: source.to_string(),
        }
    }

    /// A vector store failure.
    pub fn store(source: impl std::fmt::Display) -> Self {
        Self::Store {
            message: source.to_string(),
        }
    }
}
