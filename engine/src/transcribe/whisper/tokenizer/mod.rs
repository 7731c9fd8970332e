//! Text to tokens and back: the byte-pair encoding of GPT-2 (Radford et al., "Language Models are
//! Unsupervised Multitask Learners", 2019) with Whisper's special tokens.

use std::collections::HashMap;
use std::sync::Arc;

mod languages;
mod letters;
mod merge;
mod special;
#[cfg(test)]
mod tests;
mod words;

pub use languages::LANGUAGES;
pub use special::SpecialTokens;

use merge::Merger;

/// Why a vocabulary cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No Whisper has that many tokens.
    #[error("a vocabulary of {size} tokens; Whisper has 51864, 51865 or 51866")]
    Size {
        /// Tokens of the model, special ones included.
        size: usize,
    },
    /// Texts with this byte could not be encoded.
    #[error("the vocabulary has no token for the byte {byte:#04x}")]
    Byte {
        /// The byte.
        byte: u8,
    },
}

/// The tokens of a model. Cheap to share, costly to copy: some 50,000 words.
#[derive(Debug)]
pub struct Tokenizer {
    special: SpecialTokens,
    /// The bytes of each text token, by id.
    words: Vec<Arc<[u8]>>,
    /// The other way round. The id is the rank of the merge too: the lowest goes first.
    ids: HashMap<Arc<[u8]>, u32>,
    /// Bytes of the longest word; longer pieces need no look-up.
    longest: usize,
}

impl Tokenizer {
    /// From the bytes of each token in the order of the ids, as model files list them; `vocabulary`
    /// is the number of tokens including special ones. Words with the ids of special tokens are
    /// left out. Of equal words the first counts.
    ///
    /// # Errors
    /// [`Error::Size`] or [`Error::Byte`].
    pub fn new<W: AsRef<[u8]>>(words: &[W], vocabulary: usize) -> Result<Self, Error> {
        let special =
            SpecialTokens::of_vocabulary(vocabulary).ok_or(Error::Size { size: vocabulary })?;
        let text = (0..special.end_of_text).zip(words);
        let words: Vec<Arc<[u8]>> = text.map(|(_, word)| word.as_ref().into()).collect();
        let mut ids = HashMap::with_capacity(words.len());
        for (id, word) in (0..).zip(&words) {
            if !word.is_empty() {
                ids.entry(Arc::clone(word)).or_insert(id);
            }
        }
        // With all bytes there, encoding loses nothing.
        if let Some(byte) = (0..=u8::MAX).find(|byte| !ids.contains_key(&[*byte][..])) {
            return Err(Error::Byte { byte });
        }
        let longest = words.iter().map(|word| word.len()).max().unwrap_or(0);
        Ok(Self {
            special,
            words,
            ids,
            longest,
        })
    }

    /// The ids of the special tokens.
    pub fn special(&self) -> &SpecialTokens {
        &self.special
    }

    /// The bytes of a token; empty for special tokens and numbers that are none. A character may
    /// be spread over several tokens, so one token's bytes need not be UTF-8.
    pub fn bytes(&self, id: u32) -> &[u8] {
        let word = usize::try_from(id).ok().and_then(|id| self.words.get(id));
        word.map_or(&[], |word| word)
    }

    /// The tokens of a text; never special ones. Their bytes joined are the text again.
    ///
    /// Takes time in proportion to n log n for n bytes, whatever they are.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
        let mut merger = Merger::default();
        for word in words::words(text) {
            let word = word.as_bytes();
            match self.id(word) {
                Some(id) => tokens.push(id),
                None => merger.merge(word, |piece| self.id(piece), &mut tokens),
            }
        }
        tokens
    }

    /// The token with these bytes.
    fn id(&self, bytes: &[u8]) -> Option<u32> {
        if bytes.len() > self.longest {
            return None;
        }
        self.ids.get(bytes).copied()
    }
}
