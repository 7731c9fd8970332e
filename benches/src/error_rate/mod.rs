//! How many words, or characters, transcription gets wrong.
//!
//! [`samples`] (clips with what is said in them), [`noisy`] if asked for -> [`hearing`] (a model's
//! transcript of each) -> [`plain`] (what counts as the same) -> [`Unit`] (words or characters) -> [`distance`] ->
//! [`tally`] (errors over the length of what was said, per language and in all).

pub mod distance;
pub mod hearing;
pub mod noisy;
mod numerals;
pub mod plain;
pub mod report;
pub mod samples;
pub mod tally;
pub mod unit;

pub use unit::Unit;
