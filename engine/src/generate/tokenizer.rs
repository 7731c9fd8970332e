//! The vocabulary of a GGUF file as a tokenizer.
//!
//! `tokenizer.ggml.*` of the header gives tokens, their types, merges and the name of the
//! pre-tokenizer; the regular expressions behind those names are the ones the models were trained
//! with (llama.cpp keeps the same table in `llama-vocab.cpp`).

use std::sync::Arc;

use tokenizers::{
    AddedToken, NormalizerWrapper, PreTokenizerWrapper, SplitDelimiterBehavior, Tokenizer,
    models::bpe::BPE,
    normalizers::NFC,
    pre_tokenizers::{
        byte_level::ByteLevel,
        digits::Digits,
        sequence::Sequence,
        split::{Split, SplitPattern},
    },
};

use super::{
    gguf::Value,
    metadata::{Metadata, damaged},
    spelling,
};
use crate::{Error, Result};

/// Token types of the format.
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;

/// Ends of a turn that some files do not declare as their end-of-sequence token.
const ENDS: [&str; 4] = [
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|end_of_text|>",
];

/// What the file says about tokens.
pub(super) struct Vocabulary {
    /// Text to tokens and back.
    pub(super) tokenizer: Arc<Tokenizer>,
    /// Tokens that end the assistant's turn; never empty.
    pub(super) ends: Vec<u32>,
    /// Texts of the control tokens.
    pub(super) control: Vec<String>,
    /// Text of the token that begins a sequence; empty when there is none.
    pub(super) begin: String,
    /// Text of the token that ends a sequence.
    pub(super) end: String,
    /// Token to put in front of every prompt, where the file asks for one.
    pub(super) prefix: Option<u32>,
}

impl Vocabulary {
    /// Reads the vocabulary.
    pub(super) fn read(metadata: &Metadata<'_>) -> Result<Self> {
        let kind = metadata.text("tokenizer.ggml.model")?;
        if kind != "gpt2" {
            return Err(damaged(format!(
                "the vocabulary is of kind `{kind}`; only byte-level BPE (`gpt2`) is supported"
            )));
        }
        let tokens = metadata.texts("tokenizer.ggml.tokens")?;
        let types = metadata.numbers("tokenizer.ggml.token_type")?;
        if types.len() != tokens.len() {
            return Err(damaged(format!(
                "{} tokens have {} types",
                tokens.len(),
                types.len()
            )));
        }
        let tokenizer = build(metadata, &tokens, &types)?;
        let text_of = |key| -> Result<String> {
            let token = metadata.token(key)?.and_then(|id| tokens.get(id as usize));
            Ok(token.map(ToString::to_string).unwrap_or_default())
        };
        Ok(Self {
            ends: ends(metadata, &tokenizer)?,
            begin: text_of("tokenizer.ggml.bos_token_id")?,
            end: text_of("tokenizer.ggml.eos_token_id")?,
            prefix: prefix(metadata)?,
            control: of_type(&tokens, &types, CONTROL)
                .map(ToOwned::to_owned)
                .collect(),
            tokenizer: Arc::new(tokenizer),
        })
    }

    /// What a token stands for; nothing for numbers that are no token.
    pub(super) fn bytes(&self, token: u32) -> Vec<u8> {
        let name = self.tokenizer.id_to_token(token);
        name.map_or_else(Vec::new, |name| spelling::bytes(&name))
    }
}

fn build(metadata: &Metadata<'_>, tokens: &[&str], types: &[i32]) -> Result<Tokenizer> {
    let merges = metadata
        .texts("tokenizer.ggml.merges")?
        .into_iter()
        .map(|merge| {
            let (left, right) = merge
                .split_once(' ')
                .ok_or_else(|| damaged(format!("the merge `{merge}` has no space")))?;
            Ok((left.to_owned(), right.to_owned()))
        })
        .collect::<Result<Vec<_>>>()?;
    let vocabulary = (0..)
        .zip(tokens)
        .map(|(id, token)| ((*token).to_owned(), id));
    let (splitter, normalizer, ignore_merges) = splitter(metadata.text("tokenizer.ggml.pre")?)?;
    let model = BPE::builder()
        .vocab_and_merges(vocabulary.collect::<ahash::AHashMap<_, _>>(), merges)
        .ignore_merges(ignore_merges)
        .build()
        .map_err(failed)?;
    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_pre_tokenizer(Some(splitter));
    tokenizer.with_decoder(Some(ByteLevel::default()));
    tokenizer.with_normalizer(normalizer).map_err(failed)?;
    let added = |kind, special| {
        of_type(tokens, types, kind)
            .map(move |text| AddedToken::from(text, special))
            .collect::<Vec<_>>()
    };
    tokenizer
        .add_special_tokens(added(CONTROL, true))
        .map_err(failed)?;
    tokenizer
        .add_tokens(added(USER_DEFINED, false))
        .map_err(failed)?;
    Ok(tokenizer)
}

fn of_type<'a>(
    tokens: &'a [&'a str],
    types: &'a [i32],
    wanted: i32,
) -> impl Iterator<Item = &'a str> + 'a {
    tokens
        .iter()
        .zip(types)
        .filter(move |(text, kind)| **kind == wanted && !text.is_empty())
        .map(|(text, _)| *text)
}

/// Pre-tokenizer, normalizer, and whether whole words of the vocabulary skip the merges.
type Splitter = (PreTokenizerWrapper, Option<NormalizerWrapper>, bool);

fn splitter(name: &str) -> Result<Splitter> {
    match name {
        "smollm" => {
            let parts = vec![
                Digits::new(true).into(),
                ByteLevel::new(false, true, true).into(),
            ];
            Ok((Sequence::new(parts).into(), None, false))
        }
        "qwen2" => Ok((by_expression(&modern("\\p{N}"))?, Some(NFC.into()), false)),
        "llama-bpe" => Ok((by_expression(&modern("\\p{N}{1,3}"))?, None, true)),
        "gpt-2" | "default" => Ok((ByteLevel::new(false, true, true).into(), None, false)),
        other => Err(damaged(format!(
            "the pre-tokenizer `{other}` is unknown; supported: smollm, qwen2, llama-bpe, gpt-2"
        ))),
    }
}

/// The expression that GPT-4 made common; the models differ in how many digits stay together.
fn modern(digits: &str) -> String {
    format!(
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{{L}}\\p{{N}}]?\\p{{L}}+|{digits}\
         | ?[^\\s\\p{{L}}\\p{{N}}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
    )
}

fn by_expression(expression: &str) -> Result<PreTokenizerWrapper> {
    let split = Split::new(
        SplitPattern::Regex(expression.to_owned()),
        SplitDelimiterBehavior::Isolated,
        false,
    )
    .map_err(failed)?;
    let parts = vec![split.into(), ByteLevel::new(false, true, false).into()];
    Ok(Sequence::new(parts).into())
}

fn ends(metadata: &Metadata<'_>, tokenizer: &Tokenizer) -> Result<Vec<u32>> {
    let mut ends = Vec::new();
    for key in ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"] {
        ends.extend(metadata.token(key)?);
    }
    ends.extend(ENDS.iter().filter_map(|text| tokenizer.token_to_id(text)));
    ends.sort_unstable();
    ends.dedup();
    if ends.is_empty() {
        return Err(damaged("no token ends a sequence"));
    }
    Ok(ends)
}

fn prefix(metadata: &Metadata<'_>) -> Result<Option<u32>> {
    let wanted = metadata.0.get("tokenizer.ggml.add_bos_token");
    match wanted {
        Some(Value::Bool(true)) => metadata.token("tokenizer.ggml.bos_token_id"),
        _ => Ok(None),
    }
}

pub(super) fn failed(error: tokenizers::Error) -> Error {
    Error::backend("tokenizer", error)
}
