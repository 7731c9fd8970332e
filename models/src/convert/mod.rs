//! Weights in the format that a backend reads.
//!
//! `ctranslate` indexes a `CTranslate2` file -> `whisper` maps its variables to Whisper's
//! own tensors -> `quantise` encodes each one -> `ggml` writes them after the header, the
//! `mel` filters and the `vocabulary`. One tensor is in memory at a time, and the same input
//! gives the same bytes on every machine, so the result has a digest in the catalog.

mod ctranslate;
mod ggml;
mod mel;
mod quantise;
mod vocabulary;
mod whisper;

pub(crate) use whisper::{Conversion, convert};
