//! [`BertEmbedder`]: BERT models for sentence embeddings.

use std::{fs, ops::Range, path::Path, sync::Arc};

use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;
use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};

use super::{
    Embedder, Embedding, Encoder,
    batch::groups,
    candle::{self, CandleEncoder},
    encoder::Network,
    queue::Queue,
    ranges,
    vocabulary::{Tokens, Vocabulary},
};
use crate::{
    Cancellation, Error, Result,
    engine::{Device, LoadSettings},
};

/// Callers that may wait with a portion of tokens each; later ones wait for a place. A lane has
/// far fewer workers, so only programs with many threads of their own meet the bound.
const PLACES: usize = 64;

/// Part of a full portion that counts as short: a question, a sentence to check.
const SHORT: usize = 4;

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
}

/// A BERT sentence embedder from `model.safetensors`, `tokenizer.json` and `config.json`.
///
/// Texts of calls from several threads go through the network together.
pub struct BertEmbedder {
    vocabulary: Vocabulary,
    encoder: Box<dyn Encoder>,
    /// For portions of up to one part in [`SHORT`] of what the encoder takes at once. They never wait for a
    /// long pass: the two take turns on the kernels' threads.
    short: Queue,
    long: Queue,
    readers: ThreadPool,
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
    pub fn load(folder: &Path, kind: &BertSettings, settings: &LoadSettings) -> Result<Self> {
        Self::load_with(folder, kind, settings, |weights, config| {
            Ok(if settings.device == Device::Cpu {
                Box::new(Network::load(weights, config, Arc::clone(&settings.pool))?)
            } else {
                Box::new(CandleEncoder::load(weights, config).map_err(failed)?)
            })
        })
    }

    fn load_with(
        folder: &Path,
        kind: &BertSettings,
        settings: &LoadSettings,
        encoder: impl FnOnce(&VarBuilder<'_>, &Config) -> Result<Box<dyn Encoder>>,
    ) -> Result<Self> {
        let config = read_file(&folder.join("config.json"))?;
        let config: Config = serde_json::from_slice(&config).map_err(failed)?;
        let weights = read_file(&folder.join("model.safetensors"))?;
        let weights = VarBuilder::from_buffered_safetensors(
            weights,
            candle::TYPE,
            &settings.device.candle()?,
        )
        .map_err(failed)?;
        let readers = ThreadPoolBuilder::new()
            .num_threads(settings.threads)
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
        let encoder = encoder(&weights, &config)?;
        let portion = encoder.portion();
        Ok(Self {
            vocabulary,
            short: Queue::new(portion, PLACES),
            long: Queue::new(portion, PLACES),
            encoder,
            readers,
            dimensions: config.hidden_size,
            max_tokens: kind.max_tokens.min(config.max_position_embeddings),
            pooling: kind.pooling,
        })
    }

    fn run(&self, inputs: &[Tokens], cancellation: &Cancellation) -> Result<Vec<Embedding>> {
        let lengths: Vec<usize> = inputs.iter().map(|tokens| tokens.ids.len()).collect();
        let pass = |sequences: &[&[u32]]| self.pass(sequences);
        let mut embeddings = Vec::with_capacity(inputs.len());
        let portion = self.encoder.portion();
        for group in groups(&lengths, portion) {
            cancellation.check()?;
            let tokens: usize = lengths[group.clone()].iter().sum();
            let is_short = tokens <= portion / SHORT;
            let queue = if is_short { &self.short } else { &self.long };
            let inputs = &inputs[group];
            let sequences = inputs.iter().map(|tokens| tokens.ids.clone()).collect();
            let vectors = queue.run(sequences, cancellation, &pass)?;
            let embedded = inputs.iter().zip(vectors);
            embeddings.extend(embedded.map(|(tokens, vector)| Embedding {
                vector,
                tokens: tokens.ids.len(),
                truncated: tokens.truncated,
            }));
        }
        Ok(embeddings)
    }

    /// The vector of each sequence.
    fn pass(&self, sequences: &[&[u32]]) -> Result<Vec<Vec<f32>>> {
        let states = self.encoder.forward(sequences)?;
        let rows = |range: Range<usize>| {
            &states[range.start * self.dimensions..range.end * self.dimensions]
        };
        let vectors = ranges(sequences)
            .into_iter()
            .map(|range| normalised(self.pooled(rows(range))));
        Ok(vectors.collect())
    }

    /// One vector of a sequence's rows.
    fn pooled(&self, rows: &[f32]) -> Vec<f32> {
        let mut rows = rows.chunks(self.dimensions);
        let mut pooled = rows.next().unwrap_or_default().to_vec();
        if self.pooling == Pooling::Mean {
            // The length of the sum is as good as that of the mean: it becomes 1.
            for row in rows {
                for (sum, number) in pooled.iter_mut().zip(row) {
                    *sum += number;
                }
            }
        }
        pooled
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
        let read = |text: &&str| {
            cancellation.check()?;
            self.vocabulary.encode(text, self.max_tokens)
        };
        // Waking a thread takes longer than reading a sentence.
        let inputs = if let [text] = texts {
            vec![read(text)?]
        } else {
            let read = || texts.par_iter().map(read).collect::<Result<Vec<_>>>();
            self.readers.install(read)?
        };
        self.run(&inputs, cancellation)
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
        self.run(&inputs, cancellation)
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

fn read_file(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|source| Error::Io {
        path: path.to_owned(),
        source,
    })
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::backend("bert", error)
}

#[cfg(test)]
mod tests;
