//! The BERT encoder (Devlin et al. 2019) on our kernels, over sequences laid end to end.
//!
//! token ids -> embeddings -> for each layer: queries, keys and values, [`attention`] within each
//! sequence, then the feed-forward part; each is added to the stream, which is then normalised and
//! quantised as the next one's input. Nothing is padded, and what a token becomes does not depend
//! on the other sequences of the batch.

mod attention;
mod weights;

use std::{ops::Range, sync::Arc};

use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;
use half::f16;

use self::weights::{Addition, Layer, Norm, numbers};
use super::{Encoder, ranges};
use crate::{
    Error, Result,
    kernel::{
        Activations, Matrix, PANEL, Pool, Precision, Product, TILE, Variant, attention::MOST_WIDTH,
        multiply, row,
    },
};

/// Tokens that go through the layers together: enough to share the weights out, few enough for
/// the numbers between the layers to stay in the cache.
const PORTION: usize = 512;

/// An encoder with packed weights; calls may come from several threads.
pub(super) struct Network {
    hidden: usize,
    heads: usize,
    epsilon: f32,
    /// `[token][hidden]`.
    words: Vec<f16>,
    /// `[position][hidden]`, with the embedding of the first token type added, since there is no
    /// other.
    positions: Vec<f32>,
    embedded: Addition,
    layers: Vec<Layer>,
    pool: Arc<Pool>,
    variant: Variant,
}

impl Network {
    /// Packs the weights, named as in Hugging Face's `BertModel`.
    ///
    /// # Errors
    /// [`Error::Backend`] when one is missing or has the wrong shape, or heads are of an unusual
    /// width.
    pub(super) fn load(weights: &VarBuilder<'_>, config: &Config, pool: Arc<Pool>) -> Result<Self> {
        let width = config.hidden_size / config.num_attention_heads.max(1);
        if !width.is_multiple_of(PANEL) || !(PANEL..=MOST_WIDTH).contains(&width) {
            return Err(Error::backend(
                "bert",
                format!(
                    "heads of {width} numbers are not supported; multiples of {PANEL} up to {MOST_WIDTH} are"
                ),
            ));
        }
        let root = weights.pp("embeddings");
        let table =
            |name: &str, rows| numbers(&root.pp(name), "weight", &[rows, config.hidden_size]);
        let mut positions = table("position_embeddings", config.max_position_embeddings)?;
        let types = table("token_type_embeddings", config.type_vocab_size)?;
        for position in positions.chunks_mut(config.hidden_size) {
            for (number, addend) in position.iter_mut().zip(&types) {
                *number += addend;
            }
        }
        let words = table("word_embeddings", config.vocab_size)?;
        let layers = (0..config.num_hidden_layers)
            .map(|layer| Layer::read(weights, config, layer, &pool))
            .collect::<Result<_>>()?;
        Ok(Self {
            hidden: config.hidden_size,
            heads: config.num_attention_heads,
            epsilon: config.layer_norm_eps as f32,
            words: words.into_iter().map(f16::from_f32).collect(),
            positions,
            embedded: Addition {
                bias: vec![0.0; config.hidden_size],
                norm: Norm::read(&root.pp("LayerNorm"), config.hidden_size)?,
            },
            layers,
            variant: Variant::best(),
            pool,
        })
    }

    /// Numbers of a head.
    fn width(&self) -> usize {
        self.hidden / self.heads
    }
}

impl Encoder for Network {
    fn portion(&self) -> usize {
        PORTION
    }

    fn forward(&self, sequences: &[&[u32]]) -> Result<Vec<f32>> {
        let mut pass = Pass::new(self, sequences);
        for layer in &self.layers {
            pass.attend(layer);
            pass.feed_forward(layer);
        }
        Ok(pass.stream)
    }
}

/// Numbers between the layers. Rows are tokens.
struct Pass<'a> {
    network: &'a Network,
    /// Rows of each sequence.
    sequences: Vec<Range<usize>>,
    rows: usize,
    /// `[row][hidden]`.
    stream: Vec<f32>,
    /// The stream, quantised.
    inputs: Activations,
    /// Quantised rows of anything else.
    others: Activations,
    /// Queries, keys and values, `[row][3 x hidden]`.
    projected: Vec<f32>,
    /// What attention found, `[head][row][dimension]`.
    mixed: Vec<f32>,
    /// Between the two products of the feed-forward part.
    wide: Vec<f32>,
}

impl<'a> Pass<'a> {
    fn new(network: &'a Network, sequences: &[&[u32]]) -> Self {
        let sequence_rows = ranges(sequences);
        let rows = sequence_rows.last().map_or(0, |range| range.end);
        let hidden = network.hidden;
        let mut stream = vec![0.0; rows * hidden];
        let places = sequences
            .iter()
            .flat_map(|sequence| sequence.iter().enumerate());
        for (row, (position, token)) in stream.chunks_mut(hidden).zip(places) {
            let word = &network.words[*token as usize * hidden..][..hidden];
            let position = &network.positions[position * hidden..][..hidden];
            for ((number, word), position) in row.iter_mut().zip(word).zip(position) {
                *number = word.to_f32() + position;
            }
        }
        let mut pass = Self {
            network,
            sequences: sequence_rows,
            rows,
            stream,
            inputs: Activations::default(),
            others: Activations::default(),
            projected: vec![0.0; rows * 3 * hidden],
            mixed: vec![0.0; rows * hidden],
            wide: Vec::new(),
        };
        pass.settle(&network.embedded);
        pass
    }

    fn attend(&mut self, layer: &Layer) {
        let Self {
            network,
            inputs,
            projected,
            ..
        } = self;
        project(network, &layer.projections, inputs, projected);
        attention::attend(
            network,
            &layer.query_bias,
            &self.projected,
            &self.sequences,
            &mut self.mixed,
        );
        let (rows, width) = (self.rows, network.width());
        self.others.resize(rows, network.hidden, Precision::Eight);
        self.others
            .quantise_heads(&network.pool, network.variant, &self.mixed, width);
        self.add(&layer.attention_output, &layer.attended);
    }

    fn feed_forward(&mut self, layer: &Layer) {
        let Self {
            network,
            inputs,
            others,
            wide,
            ..
        } = self;
        let width = layer.expand.outputs();
        wide.resize(self.rows * width, 0.0);
        project(network, &layer.expand, inputs, wide);
        others.resize(self.rows, width, Precision::Eight);
        let tiles = wide.chunks_mut(TILE * width).zip(others.tiles_mut());
        network.pool.share(tiles, |(wide, tile)| {
            for (row, wide) in wide.chunks_mut(width).enumerate() {
                row::gelu(network.variant, wide, &layer.expand_bias);
                tile.quantise(network.variant, row, wide);
            }
        });
        self.add(&layer.contract, &layer.fed);
    }

    /// Adds a product of the other rows to the stream.
    fn add(&mut self, matrix: &Matrix, addition: &Addition) {
        let mut products = [Product {
            matrix,
            output: &mut self.stream,
            accumulate: true,
        }];
        let network = self.network;
        multiply(&network.pool, network.variant, &self.others, &mut products);
        self.settle(addition);
    }

    /// Finishes an addition: the stream gets its bias, is normalised, and becomes inputs.
    fn settle(&mut self, addition: &Addition) {
        let network = self.network;
        self.inputs
            .resize(self.rows, network.hidden, Precision::Eight);
        let tiles = self.stream.chunks_mut(TILE * network.hidden);
        let norm = &addition.norm;
        network
            .pool
            .share(tiles.zip(self.inputs.tiles_mut()), |(stream, tile)| {
                for (row, stream) in stream.chunks_mut(network.hidden).enumerate() {
                    row::add(network.variant, stream, &addition.bias);
                    row::layer_norm(
                        network.variant,
                        stream,
                        &norm.weights,
                        &norm.biases,
                        network.epsilon,
                    );
                    tile.quantise(network.variant, row, stream);
                }
            });
    }
}

/// A product that replaces what the output holds.
fn project(network: &Network, matrix: &Matrix, inputs: &Activations, output: &mut [f32]) {
    let mut products = [Product {
        matrix,
        output,
        accumulate: false,
    }];
    multiply(&network.pool, network.variant, inputs, &mut products);
}
