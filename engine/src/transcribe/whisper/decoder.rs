//! The decoder: tokens so far -> scores of what may follow, of several texts at once.
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
    window,
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

/// What a text goes on with.
pub(super) struct Continuation<'a> {
    pub(super) sequence: &'a mut Sequence,
    /// Tokens that were not read yet; at least one.
    pub(super) tokens: &'a [u32],
    /// After how many of the last ones the scores of what may follow are wanted.
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

    /// Bytes of what is heard of thirty seconds.
    pub(super) fn bytes_of_heard(&self) -> usize {
        Memory::bytes(self.shape(), window::POSITIONS)
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

    /// Reads tokens of each text and gives scores of what may follow, text by text [`Decoder::vocabulary`] numbers for each
    /// scored token. The weights, which are most of what is read, are read once for all texts. Tokens that do not exist, and
    /// such as a sequence has no room for, are the caller's mistake.
    pub(super) fn forward<'w>(
        &self,
        machine: Machine<'_>,
        texts: &mut [Continuation<'_>],
        workspace: &'w mut Workspace,
    ) -> &'w mut [f32] {
        self.embed(machine, texts, &mut workspace.stream);
        for (number, layer) in self.layers.iter().enumerate() {
            self.attend_to_tokens(machine, number, layer, texts, workspace);
            self.attend_to_speech(machine, number, layer, texts, workspace);
            workspace.stream.feed_forward(machine, &layer.feed_forward);
        }
        for text in texts.iter_mut() {
            text.sequence.length += text.tokens.len();
        }
        self.score(machine, texts, workspace)
    }

    fn embed(&self, machine: Machine<'_>, texts: &[Continuation<'_>], stream: &mut Stream) {
        let count = texts.iter().map(|text| text.tokens.len()).sum();
        stream.resize(count, self.width);
        let tokens = texts
            .iter()
            .flat_map(|text| (text.sequence.length..).zip(text.tokens));
        let rows = stream.numbers.chunks_mut(self.width);
        for (row, (position, token)) in rows.zip(tokens) {
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
        texts: &mut [Continuation<'_>],
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
        for text in texts.iter_mut() {
            let (rows, others) = rest.split_at(text.tokens.len() * stride);
            rest = others;
            let first = text.sequence.length;
            let rows = (rows, stride, self.width);
            text.sequence.own.store(machine, number, first, rows);
        }
        let queries = self.queries(projected, stride, &part.query_bias);
        let sights = texts.iter().map(|text| Sight {
            memory: &text.sequence.own,
            layer: number,
            rows: text.tokens.len(),
            visible: text.sequence.length + 1,
            causal: true,
        });
        let sights: Vec<Sight<'_>> = sights.collect();
        attention::attend(machine, queries, &sights, mixed);
        stream.add_mixed(machine, &part.output, mixed, queries.width);
    }

    fn attend_to_speech(
        &self,
        machine: Machine<'_>,
        number: usize,
        layer: &Layer,
        texts: &mut [Continuation<'_>],
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
        let mut first = 0;
        for text in texts.iter_mut() {
            let rows = first..first + text.tokens.len();
            first = rows.end;
            text.sequence.note_queries(number, rows, queries);
        }
        let sights = texts.iter().map(|text| Sight {
            memory: &text.sequence.heard.memory,
            layer: number,
            rows: text.tokens.len(),
            visible: text.sequence.heard.positions,
            causal: false,
        });
        let sights: Vec<Sight<'_>> = sights.collect();
        attention::attend(machine, queries, &sights, mixed);
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
        texts: &[Continuation<'_>],
        workspace: &'w mut Workspace,
    ) -> &'w mut [f32] {
        let Workspace {
            stream,
            chosen,
            scores,
            ..
        } = workspace;
        let mut end = 0;
        let wanted = texts.iter().flat_map(|text| {
            end += text.tokens.len();
            end - text.scored..end
        });
        let wanted: Vec<usize> = wanted.collect();
        chosen.resize(wanted.len(), self.width, Precision::Sixteen);
        let mut normalised = vec![0.0; self.width];
        for (rows, tile) in wanted.chunks(TILE).zip(chosen.tiles_mut()) {
            for (index, row) in rows.iter().enumerate() {
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
