//! Text to token ids.

use std::path::Path;

use tokenizers::Tokenizer;

use crate::{Error, Result};

/// A tokenizer and the special tokens it puts around a text.
pub(super) struct Vocabulary {
    tokenizer: Tokenizer,
    before: Vec<u32>,
    after: Vec<u32>,
}

/// Tokens of one input, special tokens included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tokens {
    pub(super) ids: Vec<u32>,
    pub(super) truncated: bool,
}

/// A window of a few hundred tokens never needs more text than this, except for text that is
/// mostly white space; tokenising all of a long document to throw most of it away would be waste.
const FIRST_LOOK_BYTES: usize = 16 * 1024;

impl Vocabulary {
    pub(super) fn load(path: &Path) -> Result<Self> {
        let mut tokenizer = Tokenizer::from_file(path).map_err(failed)?;
        // The file asks for 128 tokens, cut and padded; both are decided here instead.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(failed)?;
        let around = tokenizer.encode_fast("", true).map_err(failed)?;
        let (before, after) = around.get_ids().split_at(around.len().min(1));
        Ok(Self {
            before: before.to_vec(),
            after: after.to_vec(),
            tokenizer,
        })
    }

    /// Tokens of a text, cut to `max_tokens`.
    pub(super) fn encode(&self, text: &str, max_tokens: usize) -> Result<Tokens> {
        let room = self.room(max_tokens);
        let mut look = FIRST_LOOK_BYTES;
        loop {
            let end = text.floor_char_boundary(look);
            let encoding = self
                .tokenizer
                .encode_fast(&text[..end], false)
                .map_err(failed)?;
            let cut_here = !text[end..].trim().is_empty();
            if cut_here && encoding.len() <= room {
                look *= 4;
                continue;
            }
            return Ok(self.wrap(encoding.get_ids(), room, cut_here));
        }
    }

    /// Tokens of an input that is already tokenised, cut to `max_tokens`.
    pub(super) fn accept(&self, ids: &[u32], max_tokens: usize) -> Result<Tokens> {
        let size = self.size();
        match ids.iter().position(|&id| id as usize >= size) {
            None => Ok(self.wrap(ids, self.room(max_tokens), false)),
            Some(at) => {
                let message = format!(
                    "token {at} is {}; the vocabulary ends at {}",
                    ids[at],
                    size.saturating_sub(1)
                );
                Err(Error::invalid("input", message))
            }
        }
    }

    /// Number of token ids.
    pub(super) fn size(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    fn room(&self, max_tokens: usize) -> usize {
        max_tokens.saturating_sub(self.before.len() + self.after.len())
    }

    fn wrap(&self, ids: &[u32], room: usize, more: bool) -> Tokens {
        let kept = &ids[..ids.len().min(room)];
        Tokens {
            ids: [&self.before, kept, &self.after].concat(),
            truncated: more || kept.len() < ids.len(),
        }
    }
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::backend("tokenizers", error)
}
