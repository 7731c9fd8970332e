//! Sentence embeddings: text -> tokens -> unit vector.
//!
//! [`BertEmbedder`]: texts -> `vocabulary` (token ids, cut to the window) -> `batch` (portions under
//! a token budget) -> `queue` (portions of several callers in one pass) -> [`Encoder`] (hidden state
//! of every token) -> pooling and normalisation. The encoder is `encoder`, on our kernels, on a
//! processor and `candle` on a GPU.

mod batch;
mod bert;
mod candle;
mod encoder;
mod queue;
mod vocabulary;

use std::ops::Range;

pub use bert::{BertEmbedder, BertSettings, Pooling};

use crate::{Cancellation, Result};

/// The vector of one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// Unit length, [`Embedder::dimensions`] values.
    pub vector: Vec<f32>,
    /// Tokens used, special tokens included.
    pub tokens: usize,
    /// Whether text beyond [`Embedder::max_tokens`] was left out.
    pub truncated: bool,
}

/// A sentence embedding model.
pub trait Embedder: Send + Sync {
    /// Length of every vector.
    fn dimensions(&self) -> usize;

    /// Longest input in tokens, special tokens included.
    fn max_tokens(&self) -> usize;

    /// Embeds the texts in one or more batches, which those of other callers may share; the result
    /// is in the order of the input and does not depend on what else is in the batch (within 1e-5).
    ///
    /// # Errors
    /// [`crate::Error::Cancelled`] between batches and while others' are computed,
    /// [`crate::Error::Backend`].
    fn embed(&self, texts: &[&str], cancellation: &Cancellation) -> Result<Vec<Embedding>>;

    /// Embeds inputs that are already tokenised with the model's own vocabulary, without special
    /// tokens.
    ///
    /// # Errors
    /// As [`Embedder::embed`], and [`crate::Error::InvalidInput`] for an id outside the vocabulary.
    fn embed_tokens(
        &self,
        inputs: &[&[u32]],
        cancellation: &Cancellation,
    ) -> Result<Vec<Embedding>>;
}

/// The layers of a model.
trait Encoder: Send + Sync {
    /// Tokens that go through together at full speed; more gain nothing, and others wait for them.
    fn portion(&self) -> usize;

    /// Hidden states of the sequences' tokens, end to end: `[token][dimension]`.
    ///
    /// # Errors
    /// [`crate::Error::Backend`].
    fn forward(&self, sequences: &[&[u32]]) -> Result<Vec<f32>>;
}

/// Rows of each sequence when they are laid end to end.
fn ranges(sequences: &[&[u32]]) -> Vec<Range<usize>> {
    let mut end = 0;
    sequences
        .iter()
        .map(|sequence| {
            end += sequence.len();
            end - sequence.len()..end
        })
        .collect()
}
