//! Language of written text: which one, which variety of it, and where it changes.
//!
//! text -> [`detect()`] -> [`LanguageGuess`]es, likeliest first: scripts that only one language uses settle it
//! (`script`), n-gram statistics tell the rest apart (lingua), and their confidence is made to mean what it
//! says (`calibration`); among sisters, such as Serbian and Croatian, words decide (`variant`).
//!
//! text, language -> [`variety()`] -> [`Variety`]: `en-GB` or `en-US`, with the words that decided, or nothing
//! when no word does.
//!
//! text -> [`report()`]: all of that at once.
//!
//! text -> [`spans()`] -> [`LanguageSpan`]s at the words where the language changes -> [`shares()`] of each language.

mod calibration;
mod chances;
mod course;
mod detect;
mod report;
mod script;
mod shares;
mod spans;
mod statistics;
mod variant;

pub(crate) use course::likeliest_course;
pub use detect::detect;
pub use report::{LanguageReport, report};
pub use shares::{LanguageShare, shares};
pub use spans::{LanguageSpan, spans};
pub(crate) use statistics::knows as can_be_told;
pub use variant::{Evidence, Variety, VarietyGuess, variety};

use serde::{Deserialize, Serialize};

/// A language and how sure we are of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LanguageGuess {
    /// ISO 639-1 code, e.g. `pt`, or 639-3 where there is none.
    pub language: String,
    /// English name, e.g. `Portuguese`.
    pub name: String,
    /// In `[0, 1]`: of guesses with 0.9 for a text, nine of ten are right. All guesses sum to at most 1.
    pub confidence: f64,
}
