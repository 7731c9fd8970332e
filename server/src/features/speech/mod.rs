//! `/v1/audio/speech`: text to speech, sent sentence by sentence.

mod encode;
mod http;
mod request;

pub use http::{SpeechState, routes};
