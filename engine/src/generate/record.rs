//! Which tokens the released text is made of.
//!
//! Text is held back while a character is incomplete or a stop text may have begun. A token is
//! released together with the first of its text, so that a stop text takes the tokens with it
//! that hold nothing else.

use super::{
    ScoredToken, TokenLogprobs,
    sampling::{Choice, Logprobs},
    tokenizer::Vocabulary,
};

/// Tokens of the reply with their probabilities, as far as the sampler tells them.
pub(super) struct Record<'a> {
    vocabulary: &'a Vocabulary,
    tokens: Vec<TokenLogprobs>,
    /// For each token where in the text it begins, in bytes.
    starts: Vec<usize>,
    /// How many were released.
    released: usize,
}

impl<'a> Record<'a> {
    pub(super) fn new(vocabulary: &'a Vocabulary) -> Self {
        Self {
            vocabulary,
            tokens: Vec::new(),
            starts: Vec::new(),
            released: 0,
        }
    }

    /// Adds a token whose text begins at byte `start`; nothing without its probability.
    pub(super) fn add(&mut self, choice: Choice, start: usize) {
        let Some(Logprobs {
            chosen,
            alternatives,
        }) = choice.logprobs
        else {
            return;
        };
        let alternatives = alternatives.into_iter();
        self.tokens.push(TokenLogprobs {
            chosen: self.scored(choice.token, chosen),
            alternatives: alternatives
                .map(|(token, logprob)| self.scored(token, logprob))
                .collect(),
        });
        self.starts.push(start);
    }

    fn scored(&self, token: u32, logprob: f32) -> ScoredToken {
        ScoredToken {
            token,
            bytes: self.vocabulary.bytes(token),
            logprob,
        }
    }

    /// Releases the tokens that begin before byte `end` of the text.
    pub(super) fn release(&mut self, end: usize) -> &[TokenLogprobs] {
        let first = self.released;
        let held = &self.starts[first..];
        self.released += held.iter().take_while(|start| **start < end).count();
        &self.tokens[first..self.released]
    }

    /// All that were released.
    pub(super) fn released(mut self) -> Vec<TokenLogprobs> {
        self.tokens.truncate(self.released);
        self.tokens
    }
}
