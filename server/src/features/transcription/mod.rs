//! `/v1/audio/transcriptions` and `/v1/audio/translations`: speech to text.
//!
//! form -> upload in a temporary file -> the engine's transcribe lane (decode, hear) -> the reply
//! in one of six formats, or the text segment by segment as server-sent events.

pub mod chunking;
mod diarized;
mod form;
pub mod format;
mod http;
pub mod measure;
mod quality;
mod request;
mod stream;
mod token;
mod verbose;
mod voices;
pub mod writing;

pub use http::{TranscriptionState, routes};
