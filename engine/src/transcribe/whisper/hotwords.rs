//! Words that are likelier than the model thinks: names, terms of a trade.
//!
//! The scores of their tokens are raised where they may begin and, more, where they have begun ("contextual biasing" on a
//! token trie, e.g. Jung et al. 2022). A token that the model thinks impossible stays so.

use super::tokenizer::Tokenizer;
use crate::{Error, Result};

/// Most words.
pub const MOST: usize = 200;
/// Most bytes of one.
pub const MOST_BYTES: usize = 100;
/// What is added to the score of a word's first token, a natural logarithm of chances.
const BEGINNING: f32 = 1.5;
/// What is added to that of a further one.
const GOING_ON: f32 = 4.0;
/// How much less likely than the likeliest a first token may be.
const WITHIN: f32 = 6.0;

/// The tokens of each word.
#[derive(Default)]
pub(super) struct Hotwords(Vec<Vec<u32>>);

impl Hotwords {
    /// Encodes the words as they stand after another word.
    pub(super) fn new(tokenizer: &Tokenizer, words: &[String]) -> Result<Self> {
        check(words)?;
        let words = words.iter().map(|word| word.trim());
        let tokens = words
            .filter(|word| !word.is_empty())
            .map(|word| tokenizer.encode(&format!(" {word}")));
        Ok(Self(tokens.collect()))
    }

    /// Raises the scores of what may be said of the words after what was said so far; gives which by how much.
    pub(super) fn raise(&self, said: &[u32], scores: &mut [f32]) -> Vec<(u32, f32)> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut raised: Vec<(u32, f32)> = Vec::new();
        let mut raise = |token: u32, by: f32| match raised.iter_mut().find(|one| one.0 == token) {
            Some(one) => one.1 = one.1.max(by),
            None => raised.push((token, by)),
        };
        for word in &self.0 {
            for (place, token) in word.iter().enumerate() {
                let begun = said.ends_with(&word[..place]);
                match place {
                    0 => raise(*token, BEGINNING),
                    _ if begun => raise(*token, GOING_ON),
                    _ => {}
                }
            }
        }
        raised.retain(|(token, by)| match scores.get_mut(*token as usize) {
            Some(score) if *score >= largest - WITHIN => {
                *score += by;
                true
            }
            _ => false,
        });
        raised
    }
}

/// Refuses too many words, and too long ones.
pub(in crate::transcribe) fn check(words: &[String]) -> Result<()> {
    if words.len() > MOST {
        return Err(Error::invalid("hotwords", format!("may be at most {MOST}")));
    }
    match words.iter().find(|word| word.len() > MOST_BYTES) {
        Some(word) => {
            let message = format!("`{word}` is longer than {MOST_BYTES} bytes");
            Err(Error::invalid("hotwords", message))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_said_of_a_word_is_raised() {
        let words = Hotwords(vec![vec![1, 2, 3], vec![1, 4]]);
        let raised = |said: &[u32]| {
            let mut scores = vec![0.0; 6];
            scores[5] = 3.0;
            words.raise(said, &mut scores);
            scores
        };
        assert_eq!(raised(&[]), [0.0, BEGINNING, 0.0, 0.0, 0.0, 3.0]);
        let begun = raised(&[9, 1]);
        assert_eq!(begun, [0.0, BEGINNING, GOING_ON, 0.0, GOING_ON, 3.0]);
        let mut impossible = vec![f32::NEG_INFINITY; 6];
        impossible[5] = 0.0;
        let before = impossible.clone();
        words.raise(&[], &mut impossible);
        assert_eq!(impossible, before);
    }

    #[test]
    fn there_are_not_too_many_nor_too_long_ones() {
        assert!(check(&vec!["Kilda".to_owned(); MOST]).is_ok());
        assert!(check(&vec!["Kilda".to_owned(); MOST + 1]).is_err());
        assert!(check(&["x".repeat(MOST_BYTES + 1)]).is_err());
    }
}
