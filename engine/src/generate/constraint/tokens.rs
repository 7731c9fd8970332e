//! A model's vocabulary as the parser sees it: bytes, in a trie.

use llguidance::toktrie::{TokRxInfo, TokTrie, TokenId, TokenizerEnv};
use tokenizers::Tokenizer;

use std::{collections::HashSet, sync::Arc};

use crate::generate::tokenizer::Vocabulary;

/// Tokens by their bytes, and bytes as tokens.
pub(super) struct Tokens {
    trie: TokTrie,
    tokenizer: Arc<Tokenizer>,
}

impl Tokens {
    /// Control tokens are none of a text's, whatever they spell.
    pub(super) fn new(vocabulary: &Vocabulary) -> Self {
        let tokenizer = &vocabulary.tokenizer;
        let control = vocabulary.control.iter();
        let mut control: HashSet<u32> = control
            .filter_map(|text| tokenizer.token_to_id(text))
            .collect();
        control.extend(&vocabulary.ends);
        let highest = tokenizer.get_vocab(true).into_values().max().unwrap_or(0);
        let bytes: Vec<Vec<u8>> = (0..=highest)
            .map(|token| {
                let bytes = vocabulary.bytes(token);
                if control.contains(&token) {
                    [&[TokTrie::SPECIAL_TOKEN_MARKER], bytes.as_slice()].concat()
                } else if bytes.starts_with(&[TokTrie::SPECIAL_TOKEN_MARKER]) {
                    // No UTF-8 has this byte, so no reply in a form has this token.
                    Vec::new()
                } else {
                    bytes
                }
            })
            .collect();
        let info = TokRxInfo::new(highest + 1, vocabulary.ends[0]);
        let trie = TokTrie::from(&info, &bytes).with_eos_tokens(&vocabulary.ends);
        Self {
            trie,
            tokenizer: Arc::clone(tokenizer),
        }
    }
}

impl TokenizerEnv for Tokens {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<TokenId> {
        self.trie.tokenize_with_greedy_fallback(bytes, |text| {
            let encoded = self.tokenizer.encode(text, false);
            let tokens = encoded.map(|encoding| encoding.get_ids().to_vec());
            match tokens {
                Ok(tokens)
                    if !tokens
                        .iter()
                        .any(|token| self.trie.is_special_token(*token)) =>
                {
                    tokens
                }
                // The text spells a control token, which is not meant.
                _ => self.trie.greedy_tokenize(text.as_bytes()),
            }
        })
    }
}
