//! The decoder: tokens so far -> scores of what may follow.
//!
//! tokens -> embeddings and positions -> for each layer: attention to the tokens before, attention to what the encoder
//! heard, a feed-forward part, each added to the stream -> a last normalisation -> scores of every token.
//! Several sequences go through in one pass, so that weights are read once for all of them.

use std::sync::Arc;

use super::{
    attention::{self, Group, Queries},
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

/// Tokens of one sequence that go through the decoder together.
pub(super) struct Span<'a> {
    pub(super) sequence: &'a mut Sequence,
    pub(super) tokens: &'a [u32],
    /// For how many of the last tokens the scores of what may follow are wanted.
    pub(super) scored: usize,
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

    /// A sequence without tokens.
    pub(super) fn sequence(&self, heard: &Arc<Heard>) -> Sequence {
        Sequence::new(
            heard,
            Memory::new(self.shape(), self.most_tokens()),
            &self.aligned,
        )
    }

    fn shape(&self) -> Shape {
        Shape {
            layers: self.layers.len(),
            heads: self.heads,
            width: self.width / self.heads,
        }
    }

    /// Reads the spans' tokens and gives scores, [`Decoder::vocabulary`] numbers for each token for which they are
    /// wanted, in the order of the spans. Tokens that do not exist, and such as a sequence has no room for, are the
    /// caller's mistake.
    pub(super) fn forward<'w>(
        &self,
        machine: Machine<'_>,
        spans: &mut [Span<'_>],
        workspace: &'w mut Workspace,
    ) -> &'w mut [f32] {
        self.embed(machine, spans, &mut workspace.stream);
        for (number, layer) in self.layers.iter().enumerate() {
            self.attend_to_tokens(machine, number, layer, spans, workspace);
            self.attend_to_speech(machine, number, layer, spans, workspace);
            workspace.stream.feed_forward(machine, &layer.feed_forward);
        }
        for span in &mut *spans {
            span.sequence.length += span.tokens.len();
        }
        self.score(machine, spans, workspace)
    }

    fn embed(&self, machine: Machine<'_>, spans: &[Span<'_>], stream: &mut Stream) {
        let rows = spans.iter().map(|span| span.tokens.len()).sum();
        stream.resize(rows, self.width);
        let places = spans
            .iter()
            .flat_map(|span| (span.sequence.length..).zip(span.tokens));
        for (row, (position, token)) in stream.numbers.chunks_mut(self.width).zip(places) {
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
        spans: &mut [Span<'_>],
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
        let mut rest = projected.as_slice();
        for span in &mut *spans {
            let (own, others) = rest.split_at(span.tokens.len() * stride);
            let first = span.sequence.length;
            span.sequence
                .own
                .store(machine, number, first, (own, stride, self.width));
            rest = others;
        }
        let groups: Vec<Group<'_>> = spans
            .iter()
            .map(|span| Group {
                memory: &span.sequence.own,
                rows: span.tokens.len(),
                visible: span.sequence.length + 1,
                causal: true,
            })
            .collect();
        let queries = self.queries(projected, stride, &part.query_bias);
        attention::attend(machine, queries, number, &groups, mixed);
        stream.add_mixed(machine, &part.output, mixed, queries.width);
    }

    fn attend_to_speech(
        &self,
        machine: Machine<'_>,
        number: usize,
        layer: &Layer,
        spans: &mut [Span<'_>],
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
        let mut row = 0;
        for span in &mut *spans {
            for offset in 0..span.tokens.len() {
                span.sequence.note_queries(number, offset, row, queries);
                row += 1;
            }
        }
        let groups: Vec<Group<'_>> = spans
            .iter()
            .map(|span| Group {
                memory: &span.sequence.heard.memory,
                rows: span.tokens.len(),
                visible: span.sequence.heard.positions,
                causal: false,
            })
            .collect();
        attention::attend(machine, queries, number, &groups, mixed);
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
        spans: &[Span<'_>],
        workspace: &'w mut Workspace,
    ) -> &'w mut [f32] {
        let mut wanted = Vec::new();
        let mut end = 0;
        for span in spans {
            end += span.tokens.len();
            wanted.extend(end - span.scored.min(span.tokens.len())..end);
        }
        let Workspace {
            stream,
            chosen,
            scores,
            ..
        } = workspace;
        chosen.resize(wanted.len(), self.width, Precision::Sixteen);
        let mut normalised = vec![0.0; self.width];
        for (wanted, tile) in wanted.chunks(TILE).zip(chosen.tiles_mut()) {
            for (index, row) in wanted.iter().enumerate() {
                normalised.copy_from_slice(&stream.numbers[row * self.width..][..self.width]);
                self.last.apply(machine.variant, &mut normalised);
                tile.quantise(machine.variant, index, &normalised);
            }
        }
        scores.resize(wanted.len() * self.vocabulary(), 0.0);
        let mut products = [Product {
            matrix: &self.tokens,
            output: scores,
            accumulate: false,
        }];
        multiply(machine.pool, machine.variant, chosen, &mut products);
        scores
    }
}
