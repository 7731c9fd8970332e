//! Engine errors as the exceptions of `locutor._errors`.

use locutor::Error;
use pyo3::{prelude::*, types::PyDict};

/// Runs without the interpreter's lock; an error becomes an exception.
pub(crate) fn unlocked<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> locutor::Result<T> + Send,
) -> PyResult<T> {
    py.detach(work).map_err(|error| exception(py, &error))
}

/// The exception that a caller of the package sees.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    build(py, error).unwrap_or_else(|failure| failure)
}

fn build(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let class = py.import("locutor._errors")?.getattr(class(error))?;
    let details = PyDict::new(py);
    match error {
        Error::InvalidInput { parameter, .. } => details.set_item("parameter", parameter)?,
        Error::Busy { retry_after, .. } => {
            details.set_item("retry_after", retry_after.as_secs_f64())?;
        }
        _ => {}
    }
    Ok(PyErr::from_value(
        class.call((error.to_string(),), Some(&details))?,
    ))
}

fn class(error: &Error) -> &'static str {
    match error {
        Error::InvalidInput { .. } => "InvalidInput",
        Error::Audio { .. } => "InvalidAudio",
        Error::UnknownModel { .. } => "UnknownModel",
        Error::Model(_) => "ModelMissing",
        Error::Cancelled => "Cancelled",
        Error::Busy { .. } => "Busy",
        Error::MissingLibrary { .. } => "MissingLibrary",
        Error::Io { .. } => "FileError",
        Error::Store { .. } => "StoreError",
        _ => "BackendError",
    }
}
