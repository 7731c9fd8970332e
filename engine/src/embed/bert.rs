//! [`BertEmbedder`]: BERT models for sentence embeddings, on candle.

use std::{fs, path::Path};

use candle_core::{Device, IndexOp, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;
use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};

use super::{
    Embedder, Embedding,
    batch::groups,
    model::{self, Model, ranges},
    vocabulary::{Tokens, Vocabulary},
};
use crate::{Cancellation, Error, Result};

/// Tokens computed at once: enough for the matrix products to run at full speed, few enough that
/// a cancellation is noticed within a fraction of a second.
const BATCH_TOKENS: usize = 2048;

/// How the vectors of the tokens become the vector of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean (Sentence-BERT, E5).
    Mean,
    /// That of the first token (BGE).
    First,
}

/// What the weights do not say about themselves.
#[derive(Debug, Clone)]
pub struct BertSettings {
    /// Longest input in tokens, special tokens included; no more than the model's positions.
    pub max_tokens: usize,
    /// How to pool.
    pub pooling: Pooling,
    /// Threads one call may use, at least 1.
    pub threads: usize,
    /// Where to run.
    pub device: Device,
}

/// A BERT sentence embedder from `model.safetensors`, `tokenizer.json` and `config.json`.
///
/// Calls from several threads share its pool of threads.
pub struct BertEmbedder {
    vocabulary: Vocabulary,
    model: Model,
    pool: ThreadPool,
    dimensions: usize,
    max_tokens: usize,
    pooling: Pooling,
}

impl BertEmbedder {
    /// Loads the model in the folder. Every byte should have been verified before.
    ///
    /// # Errors
    /// [`Error::Io`] when a file cannot be read, [`Error::Backend`] when one does not hold what
    /// it should.
    pub fn load(folder: &Path, settings: &BertSettings) -> Result<Self> {
        let config = read(&folder.join("config.json"))?;
        let config: Config = serde_json::from_slice(&config).map_err(failed)?;
        let weights = read(&folder.join("model.safetensors"))?;
        let weights = VarBuilder::from_buffered_safetensors(weights, model::TYPE, &settings.device)
            .map_err(failed)?;
        let pool = ThreadPoolBuilder::new()
            .num_threads(settings.threads.max(1))
            .thread_name(|index| format!("locutor-embed-{index}"))
            .build()
            .map_err(failed)?;
        let vocabulary = Vocabulary::load(&folder.join("tokenizer.json"))?;
        if vocabulary.size() > config.vocab_size {
            let message = format!(
                "the tokenizer has {} tokens, the weights {}; pull the model again",
                vocabulary.size(),
                config.vocab_size
            );
            return Err(failed(message));
        }
        Ok(Self {
            vocabulary,
            model: Model::load(&weights, &config).map_err(failed)?,
            pool,
            dimensions: config.hidden_size,
            max_tokens: settings.max_tokens.min(config.max_position_embeddings),
            pooling: settings.pooling,
        })
    }

    fn run(&self, inputs: &[Tokens], cancellation: &Cancellation) -> Result<Vec<Embedding>> {
        let lengths: Vec<usize> = inputs.iter().map(|tokens| tokens.ids.len()).collect();
        let mut embeddings = Vec::with_capacity(inputs.len());
        for group in groups(&lengths, BATCH_TOKENS) {
            cancellation.check()?;
            embeddings.extend(self.run_group(&inputs[group]).map_err(failed)?);
        }
        Ok(embeddings)
    }

    fn run_group(&self, inputs: &[Tokens]) -> candle_core::Result<Vec<Embedding>> {
        let sequences: Vec<&[u32]> = inputs.iter().map(|tokens| tokens.ids.as_slice()).collect();
        let hidden = self.model.forward(&sequences)?;
        inputs
            .iter()
            .zip(ranges(&sequences))
            .map(|(tokens, range)| {
                let rows = hidden.narrow(0, range.start, range.len())?;
                Ok(Embedding {
                    vector: normalised(self.pool_rows(&rows)?.to_vec1()?),
                    tokens: tokens.ids.len(),
                    truncated: tokens.truncated,
                })
            })
            .collect()
    }

    fn pool_rows(&self, rows: &Tensor) -> candle_core::Result<Tensor> {
        match self.pooling {
            Pooling::Mean => rows.mean(0),
            Pooling::First => rows.i(0),
        }
    }
}

impl Embedder for BertEmbedder {
    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    fn embed(&self, texts: &[&str], cancellation: &Cancellation) -> Result<Vec<Embedding>> {
        self.pool.install(|| {
            let inputs = texts
                .par_iter()
                .map(|text| {
                    cancellation.check()?;
                    self.vocabulary.encode(text, self.max_tokens)
                })
                .collect::<Result<Vec<_>>>()?;
            self.run(&inputs, cancellation)
        })
    }

    fn embed_tokens(
        &self,
        inputs: &[&[u32]],
        cancellation: &Cancellation,
    ) -> Result<Vec<Embedding>> {
        let inputs = inputs
            .iter()
            .map(|ids| self.vocabulary.accept(ids, self.max_tokens))
            .collect::<Result<Vec<_>>>()?;
        self.pool.install(|| self.run(&inputs, cancellation))
    }
}

/// The vector at unit length; one of zeros stays as it is.
fn normalised(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        for value in &mut vector {
            *value /= length;
        }
    }
    vector
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|source| Error::Io {
        path: path.to_owned(),
        source,
    })
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::backend("candle", error)
}

#[cfg(test)]
mod tests;
