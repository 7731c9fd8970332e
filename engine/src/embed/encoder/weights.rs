//! The weights of an encoder, packed for the kernels.

use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;

use crate::{
    Error, Result,
    kernel::{Matrix, Pool},
};

/// One layer.
pub(super) struct Layer {
    /// Query, key and value in one matrix; the query is scaled already. A bias of the keys would
    /// add the same to all scores of a query, so there is none.
    pub(super) projections: Matrix,
    pub(super) query_bias: Vec<f32>,
    pub(super) attention_output: Matrix,
    pub(super) attended: Addition,
    pub(super) expand: Matrix,
    pub(super) expand_bias: Vec<f32>,
    pub(super) contract: Matrix,
    pub(super) fed: Addition,
}

/// What follows a product that is added to the stream.
pub(super) struct Addition {
    pub(super) bias: Vec<f32>,
    pub(super) norm: Norm,
}

/// A layer normalisation.
pub(super) struct Norm {
    pub(super) weights: Vec<f32>,
    pub(super) biases: Vec<f32>,
}

/// A product's numbers as they lie in the file.
struct Linear {
    /// `[output][input]`.
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Layer {
    /// Packs the layer of this number.
    pub(super) fn read(
        weights: &VarBuilder<'_>,
        config: &Config,
        number: usize,
        pool: &Pool,
    ) -> Result<Self> {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let layer = weights.pp(format!("encoder.layer.{number}"));
        let linear = |name: &str, outputs, inputs| Linear::read(&layer.pp(name), outputs, inputs);
        let mut query = linear("attention.self.query", hidden, hidden)?;
        let scale = 1.0 / ((hidden / config.num_attention_heads) as f32).sqrt();
        for number in query.weights.iter_mut().chain(&mut query.bias) {
            *number *= scale;
        }
        let key = linear("attention.self.key", hidden, hidden)?;
        let value = linear("attention.self.value", hidden, hidden)?;
        let mut output = linear("attention.output.dense", hidden, hidden)?;
        // The weights of a mixture sum to one, so the values' bias goes through unchanged.
        for (bias, weights) in output.bias.iter_mut().zip(output.weights.chunks(hidden)) {
            *bias += weights
                .iter()
                .zip(&value.bias)
                .map(|(a, b)| a * b)
                .sum::<f32>();
        }
        let expand = linear("intermediate.dense", wide, hidden)?;
        let contract = linear("output.dense", hidden, wide)?;
        let projections = [query.weights, key.weights, value.weights].concat();
        let pack =
            |weights: &[f32], inputs| Matrix::whole(pool, weights.len() / inputs, inputs, weights);
        let norm = |name: &str| Norm::read(&layer.pp(name), hidden);
        Ok(Self {
            projections: pack(&projections, hidden),
            query_bias: query.bias,
            attention_output: pack(&output.weights, hidden),
            attended: Addition {
                bias: output.bias,
                norm: norm("attention.output.LayerNorm")?,
            },
            expand: pack(&expand.weights, hidden),
            expand_bias: expand.bias,
            contract: pack(&contract.weights, wide),
            fed: Addition {
                bias: contract.bias,
                norm: norm("output.LayerNorm")?,
            },
        })
    }
}

impl Norm {
    /// Reads the weights and biases of so many numbers.
    pub(super) fn read(weights: &VarBuilder<'_>, width: usize) -> Result<Self> {
        Ok(Self {
            weights: numbers(weights, "weight", &[width])?,
            biases: numbers(weights, "bias", &[width])?,
        })
    }
}

impl Linear {
    fn read(weights: &VarBuilder<'_>, outputs: usize, inputs: usize) -> Result<Self> {
        Ok(Self {
            weights: numbers(weights, "weight", &[outputs, inputs])?,
            bias: numbers(weights, "bias", &[outputs])?,
        })
    }
}

/// The numbers of a tensor of this shape.
pub(super) fn numbers(weights: &VarBuilder<'_>, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
    let tensor = weights.get(shape, name);
    let numbers = tensor.and_then(|tensor| tensor.flatten_all()?.to_vec1());
    numbers.map_err(|error| Error::backend("bert", error))
}
