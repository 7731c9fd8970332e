//! `/v1/audio/transcriptions` and `/v1/audio/translations`: speech to text.
//!
//! form -> upload in a temporary file -> the engine's transcribe lane (decode, hear) -> the reply
//! in one of five formats, or the text segment by segment as server-sent events.

pub mod format;
mod http;
mod request;
mod stream;
mod verbose;

pub use http::{TranscriptionState, routes};
