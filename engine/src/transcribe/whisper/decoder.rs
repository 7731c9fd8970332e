//! The decoder: tokens so far -> scores of what may follow.
//!
//! tokens -> embeddings and positions -> for each layer: attention to the tokens before, attention to what the encoder
//! heard, a feed-forward part, each added to the stream -> a last normalisation -> scores of every token.

use std::sync::Arc;

use super::{
    attention::{self, Queries, Sight},
    memory::{Memory, Shape},
    sequence::{Head, Heard, Sequence},
    stream::{Machine, Stream},
    weights::{CrossAttention, FeedForward, Norm, Reader, SelfAttention},
};
use crate::{
    Result,
    kernel::{Activations, Matrix, Precision, Product, TILE, multiply, row},
};

pub(super) struct Decoder {
    width: usize,
    heads: usize,
    /// Embeddings of the tokens, by which they are scored too.
    tokens: Matrix,
    /// `[position][width]`.
    positions: Vec<f32>,
    layers: Vec<Layer>,
    last: Norm,
    /// Heads of attention that follow the speech.
    aligned: Vec<Head>,
}

struct Layer {
    own: SelfAttention,
    cross: CrossAttention,
    feed_forward: FeedForward,
}

/// What lies between the layers, kept from pass to pass.
#[derive(Default)]
pub(super) struct Workspace {
    stream: Stream,
    projected: Vec<f32>,
    mixed: Vec<f32>,
    chosen: Activations,
    scores: Vec<f32>,
}

impl Decoder {
    pub(super) fn read(reader: &Reader<'_>, aligned: Vec<Head>) -> Result<Self> {
        let header = reader.file.hyperparameters();
        let layers = (0..header.text_layers).map(|number| {
            let name = format!("decoder.blocks.{number}");
            Ok(Layer {
                own: reader.self_attention(&name)?,
                cross: reader.cross_attention(&name)?,
                feed_forward: reader.feed_forward(&name)?,
            })
        });
        let width = reader.width;
        Ok(Self {
            width,
            heads: reader.heads,
            tokens: reader.matrix("decoder.token_embedding.weight", header.vocabulary, width)?,
            positions: reader.numbers(
                "decoder.positional_embedding",
                &[width, header.text_context],
            )?,
            layers: layers.collect::<Result<_>>()?,
            last: reader.norm("decoder.ln")?,
            aligned,
        })
    }

    /// Most tokens of a sequence.
    pub(super) fn most_tokens(&self) -> usize {
        self.positions.len() / self.width
    }

    /// Number of tokens that exist.
    pub(super) fn vocabulary(&self) -> usize {
        self.tokens.outputs()
    }

    /// Keys and values of what the encoder gave, `positions` rows of it.
    pub(super) fn hear(
        &self,
        machine: Machine<'_>,
        encoded: &Activations,
        positions: usize,
    ) -> Arc<Heard> {
        let mut memory = Memory::new(self.shape(), positions);
        let mut projected = vec![0.0; positions * 2 * self.width];
        for (number, layer) in self.layers.iter().enumerate() {
            let mut products = [Product {
                matrix: &layer.cross.heard,
                output: &mut projected,
                accumulate: false,
            }];
            multiply(machine.pool, machine.variant, encoded, &mut products);
            memory.store(machine, number, 0, (&projected, 2 * self.width, 0));
        }
        Arc::new(Heard { memory, positions })
    }

    /// A sequence without tokens that has room for so many.
    pub(super) fn sequence(&self, heard: &Arc<Heard>, tokens: usize) -> Sequence {
        Sequence::new(heard, Memory::new(self.shape(), tokens), &self.aligned)
    }

    fn shape(&self) -> Shape {
        Shape {
            layers: self.layers.len(),
            heads: self.heads,
            width: self.width / self.heads,
        }
    }

    /// Reads tokens and gives scores of what may follow, [`Decoder::vocabulary`] numbers for each of the last `scored`.
    /// Tokens that do not exist, and such as the sequence has no room for, are the caller's mistake.
    pub(super) fn forward<'w>(
        &self,
        machine: Machine<'_>,
        sequence: &mut Sequence,
        tokens: &[u32],
        scored: usize,
        workspace: &'w mut Workspace,
    ) -> &'w mut [f32] {
        self.embed(machine, sequence, tokens, &mut workspace.stream);
        for (number, layer) in self.layers.iter().enumerate() {
            self.attend_to_tokens(machine, number, layer, sequence, workspace);
            self.attend_to_speech(machine, number, layer, sequence, workspace);
            workspace.stream.feed_forward(machine, &layer.feed_forward);
        }
        sequence.length += tokens.len();
        self.score(machine, scored, workspace)
    }

    fn embed(
        &self,
        machine: Machine<'_>,
        sequence: &Sequence,
        tokens: &[u32],
        stream: &mut Stream,
    ) {
        stream.resize(tokens.len(), self.width);
        let rows = stream.numbers.chunks_mut(self.width);
        for (row, (position, token)) in rows.zip((sequence.length..).zip(tokens)) {
            self.tokens.eight_row(*token as usize, row);
            let position = &self.positions[position * self.width..][..self.width];
            row::add(machine.variant, row, position);
        }
    }

    fn attend_to_tokens(
        &self,
        machine: Machine<'_>,
        number: usize,
        layer: &Layer,
        sequence: &mut Sequence,
        workspace: &mut Workspace,
    ) {
        let Workspace {
            stream,
            projected,
            mixed,
            ..
        } = workspace;
        let (part, stride) = (&layer.own, 3 * self.width);
        stream.normalise(machine, &part.norm);
        stream.project(machine, &part.projections, projected);
        let rows = (projected.as_slice(), stride, self.width);
        sequence.own.store(machine, number, sequence.length, rows);
        let queries = self.queries(projected, stride, &part.query_bias);
        let sight = Sight {
            memory: &sequence.own,
            layer: number,
            rows: stream.rows,
            visible: sequence.length + 1,
            causal: true,
        };
        attention::attend(machine, queries, sight, mixed);
        stream.add_mixed(machine, &part.output, mixed, queries.width);
    }

    fn attend_to_speech(
        &self,
        machine: Machine<'_>,
        number: usize,
        layer: &Layer,
        sequence: &mut Sequence,
        workspace: &mut Workspace,
    ) {
        let Workspace {
            stream,
            projected,
            mixed,
            ..
        } = workspace;
        let part = &layer.cross;
        stream.normalise(machine, &part.norm);
        stream.project(machine, &part.query.matrix, projected);
        let queries = self.queries(projected, self.width, &part.query.bias);
        sequence.note_queries(number, stream.rows, queries);
        let sight = Sight {
            memory: &sequence.heard.memory,
            layer: number,
            rows: stream.rows,
            visible: sequence.heard.positions,
            causal: false,
        };
        attention::attend(machine, queries, sight, mixed);
        stream.add_mixed(machine, &part.output, mixed, queries.width);
    }

    fn queries<'q>(&self, numbers: &'q [f32], stride: usize, bias: &'q [f32]) -> Queries<'q> {
        Queries {
            numbers,
            stride,
            bias,
            heads: self.heads,
            width: self.width / self.heads,
        }
    }

    /// The rows whose scores are wanted decide what is written, so they are rounded as finely as can be.
    fn score<'w>(
        &self,
        machine: Machine<'_>,
        scored: usize,
        workspace: &'w mut Workspace,
    ) -> &'w mut [f32] {
        let Workspace {
            stream,
            chosen,
            scores,
            ..
        } = workspace;
        let scored = scored.min(stream.rows);
        chosen.resize(scored, self.width, Precision::Sixteen);
        let mut normalised = vec![0.0; self.width];
        let rows = stream.numbers[(stream.rows - scored) * self.width..].chunks(TILE * self.width);
        for (rows, tile) in rows.zip(chosen.tiles_mut()) {
            for (index, row) in rows.chunks(self.width).enumerate() {
                normalised.copy_from_slice(row);
                self.last.apply(machine.variant, &mut normalised);
                tile.quantise(machine.variant, index, &normalised);
            }
        }
        scores.resize(scored * self.vocabulary(), 0.0);
        let mut products = [Product {
            matrix: &self.tokens,
            output: scores,
            accumulate: false,
        }];
        multiply(machine.pool, machine.variant, chosen, &mut products);
        scores
    }
}
