//! Language of written text.
//!
//! text -> [`detect()`] -> [`LanguageGuess`]es, likeliest first.

mod detect;

pub use detect::detect;

use serde::{Deserialize, Serialize};

/// A language and how sure we are of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LanguageGuess {
    /// ISO 639-1 code, e.g. `pt`.
    pub language: String,
    /// English name, e.g. `Portuguese`.
    pub name: String,
    /// In `[0, 1]`; all guesses of one text sum to at most 1.
    pub confidence: f64,
}
