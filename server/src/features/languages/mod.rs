//! `/v1/detect-language`: which languages a text or a recording is in.
//!
//! JSON with a text -> the engine's `language` -> languages, variety, spans and shares in characters; a form with
//! a recording -> the engine's `transcribe::spoken` -> the same in seconds.

mod http;
mod reply;
mod request;
#[cfg(test)]
mod tests;

pub use http::{LanguageState, routes};
