//! Limits of replacements, and why some are refused.

use std::fmt;

/// Most replacements at a time.
pub const MOST_REPLACEMENTS: usize = 1_000;

/// Most words in a phrase that is looked for.
pub const MOST_WORDS: usize = 16;

/// Most bytes of a phrase that is looked for, or put in its place.
pub const MOST_BYTES: usize = 1_000;

/// Why replacements were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplacementError {
    /// More than [`MOST_REPLACEMENTS`].
    TooMany,
    /// The phrase to look for, at this position in the list, contains no letter and no digit.
    Empty(usize),
    /// A phrase, at this position in the list, has more than [`MOST_WORDS`] words or
    /// [`MOST_BYTES`] bytes.
    TooLong(usize),
}

impl fmt::Display for ReplacementError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany => write!(formatter, "more than {MOST_REPLACEMENTS} replacements"),
            Self::Empty(at) => write!(formatter, "replacement {at} looks for nothing"),
            Self::TooLong(at) => write!(
                formatter,
                "replacement {at} has more than {MOST_WORDS} words or {MOST_BYTES} bytes"
            ),
        }
    }
}

impl std::error::Error for ReplacementError {}
