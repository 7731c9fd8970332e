//! The BERT encoder on candle: for GPUs, and the reference for our own.
//!
//! All tokens of a batch form one matrix `[tokens, hidden]`, without padding, so the linear layers
//! waste no work on it and need no mask; only attention looks at one sequence at a time. Tensor
//! names are those of Hugging Face's `BertModel`.

use std::ops::Range;

use candle_core::{D, DType, Device, IndexOp, Result, Tensor};
use candle_nn::{
    Embedding, LayerNorm, Module, VarBuilder, embedding, layer_norm, ops::softmax_last_dim,
};
use candle_transformers::models::bert::Config;

use super::{Encoder, ranges};
use crate::Error;

/// The encoder.
pub(super) struct CandleEncoder {
    words: Embedding,
    /// Position embeddings with that of the first token type added, since there is no other.
    positions: Tensor,
    normalise: LayerNorm,
    layers: Vec<Layer>,
    device: Device,
}

impl CandleEncoder {
    pub(super) fn load(weights: &VarBuilder<'_>, config: &Config) -> Result<Self> {
        let hidden = config.hidden_size;
        let root = weights.pp("embeddings");
        let positions = root
            .pp("position_embeddings")
            .get((config.max_position_embeddings, hidden), "weight")?;
        let types = root
            .pp("token_type_embeddings")
            .get((config.type_vocab_size, hidden), "weight")?;
        let layers = (0..config.num_hidden_layers)
            .map(|layer| Layer::load(&weights.pp(format!("encoder.layer.{layer}")), config))
            .collect::<Result<_>>()?;
        Ok(Self {
            words: embedding(config.vocab_size, hidden, root.pp("word_embeddings"))?,
            positions: positions.broadcast_add(&types.i(0)?)?,
            normalise: layer_norm(hidden, config.layer_norm_eps, root.pp("LayerNorm"))?,
            layers,
            device: weights.device().clone(),
        })
    }

    fn states(&self, sequences: &[&[u32]]) -> Result<Tensor> {
        let ids = sequences.concat();
        let positions: Vec<u32> = sequences
            .iter()
            .flat_map(|sequence| (0..).take(sequence.len()))
            .collect();
        let words = self.words.forward(&Tensor::new(ids, &self.device)?)?;
        let positions = self
            .positions
            .index_select(&Tensor::new(positions, &self.device)?, 0)?;
        let mut hidden = self.normalise.forward(&(words + positions)?)?;
        let ranges = ranges(sequences);
        for layer in &self.layers {
            hidden = layer.forward(&hidden, &ranges)?;
        }
        Ok(hidden)
    }
}

/// Enough for the matrix products of a GPU to run at full speed, few enough that a cancellation is
/// noticed within a fraction of a second.
const PORTION: usize = 2_048;

impl Encoder for CandleEncoder {
    fn portion(&self) -> usize {
        PORTION
    }

    fn forward(&self, sequences: &[&[u32]]) -> crate::Result<Vec<f32>> {
        let states = self.states(sequences);
        let numbers = states.and_then(|states| states.flatten_all()?.to_vec1());
        numbers.map_err(|error| Error::backend("candle", error))
    }
}

struct Layer {
    /// Query, key and value in one matrix; the query is scaled already.
    attention_input: Linear,
    attention_output: Linear,
    attention_normalise: LayerNorm,
    expand: Linear,
    contract: Linear,
    normalise: LayerNorm,
    heads: usize,
}

impl Layer {
    fn load(weights: &VarBuilder<'_>, config: &Config) -> Result<Self> {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let normalise = |name: &str| layer_norm(hidden, config.layer_norm_eps, weights.pp(name));
        Ok(Self {
            attention_input: Linear::attention_input(&weights.pp("attention.self"), config)?,
            attention_output: Linear::load(&weights.pp("attention.output.dense"), hidden, hidden)?,
            attention_normalise: normalise("attention.output.LayerNorm")?,
            expand: Linear::load(&weights.pp("intermediate.dense"), hidden, wide)?,
            contract: Linear::load(&weights.pp("output.dense"), wide, hidden)?,
            normalise: normalise("output.LayerNorm")?,
            heads: config.num_attention_heads,
        })
    }

    fn forward(&self, hidden: &Tensor, ranges: &[Range<usize>]) -> Result<Tensor> {
        let mixed = self.attention_input.forward(hidden)?;
        let each = ranges.iter().map(|range| self.attend(&mixed, range));
        let attended = each.collect::<Result<Vec<_>>>()?;
        let attended = Tensor::cat(&attended, 0)?;
        let attended = (self.attention_output.forward(&attended)? + hidden)?;
        let attended = self.attention_normalise.forward(&attended)?;
        let expanded = self.expand.forward(&attended)?.gelu_erf()?;
        let contracted = (self.contract.forward(&expanded)? + attended)?;
        self.normalise.forward(&contracted)
    }

    /// Attention within one sequence: `[tokens, 3 x hidden]` to `[tokens, hidden]`.
    fn attend(&self, mixed: &Tensor, range: &Range<usize>) -> Result<Tensor> {
        let tokens = range.len();
        let mixed = mixed
            .narrow(0, range.start, tokens)?
            .reshape((tokens, 3, self.heads, ()))?
            .permute((1, 2, 0, 3))?
            .contiguous()?;
        let (query, key, value) = (mixed.i(0)?, mixed.i(1)?, mixed.i(2)?);
        let weights = softmax_last_dim(&query.matmul(&key.t()?)?)?;
        weights
            .matmul(&value)?
            .transpose(0, 1)?
            .contiguous()?
            .flatten_from(D::Minus2)
    }
}

struct Linear {
    /// `[in, out]`, a transposed view.
    weight: Tensor,
    bias: Tensor,
}

impl Linear {
    fn load(weights: &VarBuilder<'_>, input: usize, output: usize) -> Result<Self> {
        Ok(Self {
            weight: weights.get((output, input), "weight")?.t()?,
            bias: weights.get(output, "bias")?,
        })
    }

    fn attention_input(weights: &VarBuilder<'_>, config: &Config) -> Result<Self> {
        let hidden = config.hidden_size;
        let scale = 1.0 / ((hidden / config.num_attention_heads) as f64).sqrt();
        let part = |name: &str| {
            let part = weights.pp(name);
            let weight = part.get((hidden, hidden), "weight")?;
            Ok::<_, candle_core::Error>((weight, part.get(hidden, "bias")?))
        };
        let (query, key, value) = (part("query")?, part("key")?, part("value")?);
        let query = ((query.0 * scale)?, (query.1 * scale)?);
        Ok(Self {
            weight: Tensor::cat(&[query.0, key.0, value.0], 0)?.t()?,
            bias: Tensor::cat(&[query.1, key.1, value.1], 0)?,
        })
    }

    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.matmul(&self.weight)?.broadcast_add(&self.bias)
    }
}

/// Weights are computed with in 32 bits, whatever the file holds.
pub(super) const TYPE: DType = DType::F32;
