//! What an embeddings request may hold.

use garde::Validate;
use serde::Deserialize;
use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, ObjectBuilder, OneOfBuilder, RefOr, Schema, Type},
};

use crate::http::Fault;

/// Texts to embed.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct EmbeddingRequest {
    /// A model of `/v1/models`, or OpenAI's name for the default.
    #[garde(length(min = 1))]
    #[schema(min_length = 1, example = "all-minilm-l6-v2")]
    pub model: String,
    /// A text, several texts, or the same as tokens of the model's own vocabulary; with tokens
    /// `model` must be the model's own name.
    #[garde(skip)]
    pub input: Input,
    /// How vectors are written; absent: as numbers.
    #[garde(skip)]
    pub encoding_format: Option<Encoding>,
    /// Length of the vectors; only the model's own is possible.
    #[garde(skip)]
    pub dimensions: Option<usize>,
    /// Accepted and ignored.
    #[garde(skip)]
    #[expect(dead_code, reason = "part of OpenAI's interface")]
    user: Option<String>,
}

/// One or several inputs.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "a text, an array of texts, an array of tokens, or an array of arrays of tokens"
)]
pub enum Input {
    /// One text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
    /// One text as tokens.
    Tokens(Vec<u32>),
    /// Several texts as tokens.
    TokenLists(Vec<Vec<u32>>),
}

/// A derived schema could not say that nothing is empty.
impl PartialSchema for Input {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .build();
        let token = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0))
            .maximum(Some(u32::MAX as usize));
        let texts = ArrayBuilder::new().items(text.clone()).min_items(Some(1));
        let tokens = ArrayBuilder::new().items(token).min_items(Some(1)).build();
        let lists = ArrayBuilder::new()
            .items(RefOr::T(Schema::Array(tokens.clone())))
            .min_items(Some(1));
        OneOfBuilder::new()
            .item(text)
            .item(texts)
            .item(tokens)
            .item(lists)
            .description(Some(
                "A text, several texts, a text as tokens, or several texts as tokens.",
            ))
            .examples([json!("The mill closed in 1923.")])
            .into()
    }
}

impl ToSchema for Input {}

/// How vectors are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// As JSON numbers.
    #[default]
    Float,
    /// As base64 of 32-bit floats, little-endian.
    Base64,
}

/// Inputs of one kind.
#[derive(Debug)]
pub enum Inputs {
    /// Texts.
    Texts(Vec<String>),
    /// Token lists.
    Tokens(Vec<Vec<u32>>),
}

impl Input {
    /// All inputs as a list, none of them empty.
    ///
    /// # Errors
    /// 400 that names the offending input.
    pub fn checked(self, most_inputs: usize, most_characters: usize) -> Result<Inputs, Fault> {
        let inputs = match self {
            Self::Text(text) => Inputs::Texts(vec![text]),
            Self::Texts(texts) => Inputs::Texts(texts),
            Self::Tokens(tokens) => Inputs::Tokens(vec![tokens]),
            Self::TokenLists(lists) => Inputs::Tokens(lists),
        };
        let most = most_characters;
        let lengths: Vec<usize> = match &inputs {
            Inputs::Texts(texts) => texts.iter().map(|text| text.chars().count()).collect(),
            Inputs::Tokens(lists) => lists.iter().map(Vec::len).collect(),
        };
        if lengths.is_empty() || lengths.len() > most_inputs {
            let message = format!(
                "has {} inputs; send 1 to {most_inputs} in one request",
                lengths.len()
            );
            return Err(Fault::invalid("input", message));
        }
        for (position, length) in lengths.into_iter().enumerate() {
            if length == 0 {
                return Err(Fault::invalid(
                    "input",
                    format!("number {position} (from 0) is empty; there is nothing to embed"),
                ));
            }
            if length > most {
                let message = format!(
                    "number {position} (from 0) has a length of {length}; the limit is {most} (`limits.embedding_characters`)"
                );
                return Err(Fault::invalid("input", message));
            }
        }
        Ok(inputs)
    }
}
