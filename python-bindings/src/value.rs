//! What crosses into Python: JSON for structures, raw bytes for samples.

use locutor::{Error, audio::Audio, embed::Embedding};
use pyo3::{prelude::*, types::PyBytes};
use serde::Serialize;

use crate::index::Index;

/// An event or a result, made while the interpreter's lock is free.
pub(crate) enum Value {
    /// A structure that the package turns into a dataclass.
    Json(String),
    /// Plain text.
    Text(String),
    /// Samples as 32-bit floats in the machine's byte order, and their rate.
    Audio(Vec<u8>, u32),
    /// Vectors with their token counts and whether text was left out.
    Embeddings(Vec<Embedding>),
    /// An open index.
    Index(Index),
    /// Nothing more than that it ended.
    Nothing,
}

impl Value {
    pub(crate) fn json(structure: &impl Serialize) -> locutor::Result<Self> {
        serde_json::to_string(structure)
            .map(Self::Json)
            .map_err(|source| Error::backend("python", source))
    }

    pub(crate) fn audio(audio: &Audio) -> Self {
        let bytes = audio.samples.iter().flat_map(|sample| sample.to_ne_bytes());
        Self::Audio(bytes.collect(), audio.sample_rate)
    }

    pub(crate) fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(match self {
            Self::Json(text) | Self::Text(text) => text.into_pyobject(py)?.into_any().unbind(),
            Self::Audio(bytes, rate) => (PyBytes::new(py, &bytes), rate)
                .into_pyobject(py)?
                .into_any()
                .unbind(),
            Self::Embeddings(embeddings) => embeddings
                .into_iter()
                .map(|it| (it.vector, it.tokens, it.truncated))
                .collect::<Vec<_>>()
                .into_pyobject(py)?
                .into_any()
                .unbind(),
            Self::Index(index) => Py::new(py, index)?.into_any(),
            Self::Nothing => py.None(),
        })
    }
}
