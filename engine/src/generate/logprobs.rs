//! How likely tokens were.

use serde::Serialize;

/// A token and how likely the model found it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoredToken {
    /// Its number in the model's vocabulary.
    pub token: u32,
    /// What it stands for. A token may be a part of a character, so this need not be UTF-8; the
    /// bytes of all tokens of a text, joined, are the text.
    pub bytes: Vec<u8>,
    /// Natural logarithm of its probability, in `[-9999, 0]`; -9999 stands for less as well.
    ///
    /// The probability is the model's own (a softmax over its scores for all tokens), whatever
    /// temperature, penalties and biases made of it.
    pub logprob: f32,
}

impl ScoredToken {
    /// The bytes as text, with replacement characters where they are no whole characters.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A token of the reply and what might have stood in its place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TokenLogprobs {
    /// The token.
    pub chosen: ScoredToken,
    /// The likeliest tokens of all at this place, likeliest first; the chosen one need not be
    /// among them.
    pub alternatives: Vec<ScoredToken>,
}
