//! Llama and Qwen2 decoders on our kernels.
//!
//! tokens -> embeddings (read from the file) -> for each layer: norm, queries, keys and values,
//! rotation, [`attention`] over the [`Sequence`], then norm and a gated feed-forward part, each
//! added to the residual stream -> norm -> scores of every token of the vocabulary.
//!
//! Several sequences go through in one pass: their tokens are rows of the same products, so that
//! weights are read once for all of them. Architecture: Touvron et al. 2023; Yang et al. 2024.

mod attention;
mod batch;
mod config;
mod model;
#[cfg(test)]
mod parity;
mod remembered;
mod rotation;
mod sequence;
#[cfg(test)]
mod tests;
mod weights;
mod workspace;

use std::sync::Arc;

use batch::Batch;
use config::Config;
use remembered::Remembered;
use sequence::Sequence;
use workspace::Workspace;

use super::{
    gguf::{Gguf, Tensor},
    metadata::{Metadata, damaged},
};
use crate::{
    Result,
    kernel::{Matrix, Pool, Precision, Product, Variant, mixed::MOST_ROWS, multiply, row},
};
use attention::{Attention, Tile};
use rotation::Rotation;
use weights::{Layer, Reader, Rows};

const EMBEDDINGS: &str = "token_embd.weight";
const SCORES: &str = "output.weight";

/// A decoder, ready to run; calls may come from several threads.
pub(super) struct Network {
    config: Config,
    file: Gguf,
    /// Where the file has the embeddings; they are read row by row.
    embeddings: Tensor,
    layers: Vec<Layer>,
    rotation: Rotation,
    final_norm: Vec<f32>,
    scores: Matrix,
    remembered: Remembered,
    batch: Batch,
    pool: Arc<Pool>,
    variant: Variant,
}

/// Tokens of one sequence that go through the network together.
pub(super) struct Span<'a> {
    pub(super) sequence: &'a mut Sequence,
    pub(super) tokens: &'a [u32],
    /// For how many of the last tokens the scores of what may follow are wanted.
    pub(super) scored: usize,
}

impl Network {
    /// Packs the weights of the file.
    ///
    /// # Errors
    /// [`crate::Error::Backend`] when a weight is missing or does not fit the header.
    pub(super) fn read(file: Gguf, pool: Arc<Pool>) -> Result<Self> {
        let precision = config::precision(file.parameters());
        Self::read_with(file, pool, precision)
    }

    fn read_with(mut file: Gguf, pool: Arc<Pool>, precision: Precision) -> Result<Self> {
        let config = Config::read(&Metadata(&file.metadata), precision)?;
        let reader = Reader {
            file: &file,
            pool: &pool,
        };
        let embeddings = file
            .tensor(EMBEDDINGS)
            .ok_or_else(|| damaged(format!("the tensor `{EMBEDDINGS}` is missing")))?
            .clone();
        let vocabulary = match embeddings.shape.as_slice() {
            [width, vocabulary] if *width == config.width => *vocabulary,
            other => return Err(damaged(format!("`{EMBEDDINGS}` has the shape {other:?}"))),
        };
        // Many models choose the next token by the table that they read tokens from.
        let own = file.tensor(SCORES).is_some();
        let name = if own { SCORES } else { EMBEDDINGS };
        let scores = reader.matrix(name, vocabulary, config.width)?;
        let layers = (0..config.layers)
            .map(|number| Layer::read(&reader, &config, number))
            .collect::<Result<_>>()?;
        let rotation = reader.rotation(&config)?;
        let final_norm = reader.vector("output_norm.weight", config.width)?;
        file.forget_metadata();
        let network = Self {
            config,
            embeddings,
            layers,
            rotation,
            final_norm,
            scores,
            remembered: Remembered::default(),
            batch: Batch::default(),
            file,
            pool,
            variant: Variant::best(),
        };
        tracing::debug!(
            bytes = network.bytes(),
            kernels = %network.variant,
            "the weights are packed"
        );
        Ok(network)
    }

    /// Number of tokens that exist.
    pub(super) fn vocabulary(&self) -> usize {
        self.scores.outputs()
    }

    /// Bytes of the packed weights.
    fn bytes(&self) -> usize {
        self.scores.bytes() + self.layers.iter().map(Layer::bytes).sum::<usize>()
    }

    /// A sequence without tokens.
    pub(super) fn sequence(&self) -> Sequence {
        Sequence::new(&self.config)
    }

    /// Reads the spans' tokens and gives scores, [`Network::vocabulary`] numbers for each token
    /// for which they are wanted, in the order of the spans.
    ///
    /// # Panics
    /// When a token does not exist.
    pub(super) fn forward<'w>(
        &self,
        spans: &mut [Span<'_>],
        workspace: &'w mut Workspace,
    ) -> &'w mut [f32] {
        let rows: usize = spans.iter().map(|span| span.tokens.len()).sum();
        workspace.resize(&self.config, rows);
        let starts: Vec<usize> = spans
            .iter_mut()
            .map(|span| span.sequence.extend(span.tokens.len()).start)
            .collect();
        let positions = spans
            .iter()
            .zip(&starts)
            .flat_map(|(span, start)| *start..start + span.tokens.len());
        self.rotation.angles(positions, &mut workspace.angles);
        self.embed(spans, workspace);
        for (number, layer) in self.layers.iter().enumerate() {
            self.attend(number, layer, spans, &starts, workspace);
            self.feed_forward(layer, workspace);
        }
        self.score(spans, workspace)
    }

    fn embed(&self, spans: &[Span<'_>], workspace: &mut Workspace) {
        let table = Rows::new(&self.file, &self.embeddings);
        let tokens = spans.iter().flat_map(|span| span.tokens);
        for (row, token) in workspace.stream.chunks_mut(self.config.width).zip(tokens) {
            table.numbers(*token as usize, row);
        }
    }

    /// Adds what attention finds to the residual stream.
    fn attend(
        &self,
        number: usize,
        layer: &Layer,
        spans: &mut [Span<'_>],
        starts: &[usize],
        workspace: &mut Workspace,
    ) {
        let config = &self.config;
        workspace.normalise(&self.pool, self.variant, config, &layer.attention_norm);
        let Workspace {
            inputs,
            queries,
            keys,
            values,
            ..
        } = workspace;
        let mut products = [
            Product {
                matrix: &layer.query.matrix,
                output: queries,
                accumulate: false,
            },
            Product {
                matrix: &layer.key.matrix,
                output: keys,
                accumulate: false,
            },
            Product {
                matrix: &layer.value.matrix,
                output: values,
                accumulate: false,
            },
        ];
        multiply(&self.pool, self.variant, inputs, &mut products);
        for (part, output) in [
            (&layer.query, queries),
            (&layer.key, keys),
            (&layer.value, values),
        ] {
            if let Some(bias) = &part.bias {
                for row in output.chunks_mut(bias.len()) {
                    row::add(self.variant, row, bias);
                }
            }
        }
        self.remember(number, spans, starts, workspace);
        self.mix(number, spans, starts, workspace);
        workspace.quantise_mixed(&self.pool, self.variant, config);
        self.add_to_stream(&layer.mix, workspace);
    }

    /// Rotates the keys and stores them with the values.
    fn remember(
        &self,
        layer: usize,
        spans: &mut [Span<'_>],
        starts: &[usize],
        workspace: &mut Workspace,
    ) {
        let (width, variant) = (self.config.head_width, self.variant);
        let Workspace {
            angles,
            keys,
            values,
            ..
        } = workspace;
        let mut row = 0;
        for (span, start) in spans.iter_mut().zip(starts) {
            for position in *start..start + span.tokens.len() {
                let range = row * self.config.kv_width()..(row + 1) * self.config.kv_width();
                let heads = keys[range.clone()].chunks_mut(width);
                for (head, (key, value)) in heads.zip(values[range].chunks(width)).enumerate() {
                    self.rotation.turn(angles, row, key);
                    span.sequence
                        .store(variant, (layer, head), position, key, value);
                }
                row += 1;
            }
        }
    }

    /// Attention: tiles of queries, shared out among the threads.
    fn mix(&self, layer: usize, spans: &[Span<'_>], starts: &[usize], workspace: &mut Workspace) {
        let config = &self.config;
        let (width, group) = (config.head_width, config.group());
        let rows = workspace.rows();
        let queries = MOST_ROWS;
        let mut tiles = Vec::new();
        for (kv_head, part) in workspace.mixed.chunks_mut(rows * group * width).enumerate() {
            let (mut rest, mut first_row) = (part, 0);
            for (span, start) in spans.iter().zip(starts) {
                let (own, others) = rest.split_at_mut(span.tokens.len() * group * width);
                let pieces = own.chunks_mut(queries * width);
                tiles.extend(pieces.enumerate().map(|(number, output)| Tile {
                    sequence: span.sequence,
                    kv_head,
                    first_row,
                    first_position: *start,
                    first_query: number * queries,
                    output,
                }));
                rest = others;
                first_row += span.tokens.len();
            }
        }
        let attention = Attention {
            variant: self.variant,
            rotation: &self.rotation,
            angles: &workspace.angles,
            queries: &workspace.queries,
            heads: config.heads,
            group,
            width,
            layer,
        };
        attention.attend(&self.pool, &mut tiles);
    }

    /// Adds the gated feed-forward part to the residual stream.
    fn feed_forward(&self, layer: &Layer, workspace: &mut Workspace) {
        let config = &self.config;
        workspace.normalise(&self.pool, self.variant, config, &layer.feed_norm);
        let Workspace {
            inputs, gate, up, ..
        } = workspace;
        let mut products = [
            Product {
                matrix: &layer.gate,
                output: gate,
                accumulate: false,
            },
            Product {
                matrix: &layer.up,
                output: up,
                accumulate: false,
            },
        ];
        multiply(&self.pool, self.variant, inputs, &mut products);
        workspace.gate(&self.pool, self.variant, config);
        self.add_to_stream(&layer.down, workspace);
    }

    /// Multiplies the wide inputs and adds the result to the residual stream.
    fn add_to_stream(&self, matrix: &Matrix, workspace: &mut Workspace) {
        let Workspace {
            stream: output,
            wide_inputs,
            ..
        } = workspace;
        let mut products = [Product {
            matrix,
            output,
            accumulate: true,
        }];
        multiply(&self.pool, self.variant, wide_inputs, &mut products);
    }

    fn score<'w>(&self, spans: &[Span<'_>], workspace: &'w mut Workspace) -> &'w mut [f32] {
        let mut wanted = Vec::new();
        let mut end = 0;
        for span in spans {
            end += span.tokens.len();
            wanted.extend(end - span.scored.min(span.tokens.len())..end);
        }
        workspace.select(self.variant, &self.config, &self.final_norm, &wanted);
        let scores = &mut workspace.scores;
        scores.resize(wanted.len() * self.vocabulary(), 0.0);
        let mut products = [Product {
            matrix: &self.scores,
            output: scores,
            accumulate: false,
        }];
        multiply(&self.pool, self.variant, &workspace.inputs, &mut products);
        scores
    }
}
