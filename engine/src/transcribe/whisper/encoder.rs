//! The encoder: a spectrogram -> what the decoder looks at.
//!
//! log-mel frames -> two convolutions, the second of which halves their number -> positions of 20 ms -> layers of
//! attention and feed-forward parts -> a last normalisation. Only as many positions are computed as the audio has,
//! with a margin, instead of the thirty seconds that the model was trained with.

use super::{
    attention::{self, Queries, Sight},
    memory::{Memory, Shape},
    stream::{Machine, Stream},
    weights::{FeedForward, Linear, Norm, Reader, SelfAttention},
};
use crate::{
    Cancellation, Result,
    kernel::{Activations, Precision, Product, TILE, multiply, row},
};

/// Neighbouring rows that a convolution sees.
const TAPS: usize = 3;

pub(super) struct Encoder {
    width: usize,
    heads: usize,
    bands: usize,
    first: Linear,
    second: Linear,
    /// `[position][width]`.
    positions: Vec<f32>,
    layers: Vec<Layer>,
    last: Norm,
}

struct Layer {
    attention: SelfAttention,
    feed_forward: FeedForward,
}

impl Encoder {
    pub(super) fn read(reader: &Reader<'_>) -> Result<Self> {
        let header = reader.file.hyperparameters();
        let layers = (0..header.audio_layers).map(|number| {
            let name = format!("encoder.blocks.{number}");
            Ok(Layer {
                attention: reader.self_attention(&name)?,
                feed_forward: reader.feed_forward(&name)?,
            })
        });
        let (width, bands) = (reader.width, header.mel_bands);
        Ok(Self {
            width,
            heads: reader.heads,
            bands,
            first: reader.convolution("encoder.conv1", bands)?,
            second: reader.convolution("encoder.conv2", width)?,
            positions: reader.numbers(
                "encoder.positional_embedding",
                &[width, header.audio_context],
            )?,
            layers: layers.collect::<Result<_>>()?,
            last: reader.norm("encoder.ln_post")?,
        })
    }

    /// Most positions.
    pub(super) fn most_positions(&self) -> usize {
        self.positions.len() / self.width
    }

    /// `[frame][band]`, two frames a position and no more than there may be -> quantised rows, one a position.
    ///
    /// # Errors
    /// [`crate::Error::Cancelled`].
    pub(super) fn run(
        &self,
        machine: Machine<'_>,
        frames: &[f32],
        cancellation: &Cancellation,
    ) -> Result<Activations> {
        let seen = self.convolve(machine, &self.first, frames, self.bands, 1);
        let mut stream = Stream::default();
        let numbers = self.convolve(machine, &self.second, &seen, self.width, 2);
        stream.resize(numbers.len() / self.width, self.width);
        stream.numbers = numbers;
        row::add(machine.variant, &mut stream.numbers, &self.positions);
        let shape = Shape {
            layers: 1,
            heads: self.heads,
            width: self.width / self.heads,
        };
        let mut memory = Memory::new(shape, stream.rows);
        let (mut projected, mut mixed) = (Vec::new(), Vec::new());
        for layer in &self.layers {
            cancellation.check()?;
            let part = &layer.attention;
            stream.normalise(machine, &part.norm);
            stream.project(machine, &part.projections, &mut projected);
            let stride = 3 * self.width;
            memory.store(machine, 0, 0, (&projected, stride, self.width));
            let queries = Queries {
                numbers: &projected,
                stride,
                bias: &part.query_bias,
                heads: self.heads,
                width: shape.width,
            };
            let sight = Sight {
                memory: &memory,
                layer: 0,
                rows: stream.rows,
                visible: stream.rows,
                causal: false,
            };
            attention::attend(machine, queries, &[sight], &mut mixed);
            stream.add_mixed(machine, &part.output, &mixed, shape.width);
            stream.feed_forward(machine, &layer.feed_forward);
        }
        stream.normalise(machine, &self.last);
        Ok(stream.inputs)
    }

    /// A convolution with zeros at both ends, and the activation after it: `[row][input]` -> every `stride`th row of
    /// `[row][width]`.
    fn convolve(
        &self,
        machine: Machine<'_>,
        convolution: &Linear,
        rows: &[f32],
        inputs: usize,
        stride: usize,
    ) -> Vec<f32> {
        let count = rows.len() / inputs;
        let outputs = count.div_ceil(stride);
        let mut quantised = Activations::default();
        quantised.resize(outputs, TAPS * inputs, Precision::Sixteen);
        let tiles = quantised.tiles_mut().enumerate();
        machine.pool.share(tiles, |(number, tile)| {
            let mut taps = vec![0.0; TAPS * inputs];
            for (index, output) in (*number * TILE..outputs).take(TILE).enumerate() {
                for (tap, place) in taps.chunks_mut(inputs).enumerate() {
                    let row = (output * stride + tap).checked_sub(1);
                    match row.filter(|row| *row < count) {
                        Some(row) => place.copy_from_slice(&rows[row * inputs..][..inputs]),
                        None => place.fill(0.0),
                    }
                }
                tile.quantise(machine.variant, index, &taps);
            }
        });
        let mut output = vec![0.0; outputs * self.width];
        let mut products = [Product {
            matrix: &convolution.matrix,
            output: &mut output,
            accumulate: false,
        }];
        multiply(machine.pool, machine.variant, &quantised, &mut products);
        machine
            .pool
            .share(output.chunks_mut(TILE * self.width), |rows| {
                for row in rows.chunks_mut(self.width) {
                    row::gelu(machine.variant, row, &convolution.bias);
                }
            });
        output
    }
}
