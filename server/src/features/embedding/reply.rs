//! What an embeddings request gets.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use locutor::embed::Embedding;
use serde::Serialize;
use utoipa::ToSchema;

use super::request::Encoding;

/// Vectors in the order of the inputs.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmbeddingReply {
    /// Always `list`.
    object: &'static str,
    /// One item per input.
    data: Vec<Item>,
    /// The model that was used.
    model: String,
    /// Tokens read.
    usage: Usage,
}

/// The vector of one input.
#[derive(Debug, Serialize, ToSchema)]
pub struct Item {
    /// Always `embedding`.
    object: &'static str,
    /// Position of the input.
    index: usize,
    /// The vector, of unit length.
    embedding: Vector,
    /// Present and true when the end of the input was left out, because it is longer than the
    /// model's window (an extension of OpenAI's interface).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
}

/// A vector as asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Vector {
    /// Numbers.
    Float(Vec<f32>),
    /// Base64 of 32-bit floats, little-endian.
    Base64(String),
}

/// Tokens read.
#[derive(Debug, Serialize, ToSchema)]
pub struct Usage {
    /// Of all inputs, special tokens included.
    prompt_tokens: usize,
    /// The same.
    total_tokens: usize,
}

impl EmbeddingReply {
    /// Writes the vectors as asked for.
    pub fn new(model: String, embeddings: Vec<Embedding>, encoding: Encoding) -> Self {
        let tokens = embeddings.iter().map(|embedding| embedding.tokens).sum();
        let items = embeddings
            .into_iter()
            .enumerate()
            .map(|(index, embedding)| Item {
                object: "embedding",
                index,
                embedding: vector(embedding.vector, encoding),
                truncated: embedding.truncated,
            });
        Self {
            object: "list",
            data: items.collect(),
            model,
            usage: Usage {
                prompt_tokens: tokens,
                total_tokens: tokens,
            },
        }
    }
}

fn vector(values: Vec<f32>, encoding: Encoding) -> Vector {
    match encoding {
        Encoding::Float => Vector::Float(values),
        Encoding::Base64 => {
            let bytes: Vec<u8> = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            Vector::Base64(STANDARD.encode(bytes))
        }
    }
}
