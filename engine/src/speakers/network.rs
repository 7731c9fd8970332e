//! The network: three LSTM layers (Hochreiter & Schmidhuber 1997), a projection, a ramp function, unit length.
//!
//! [`LANES`] windows go through side by side, so that each weight is read once for all of them, and layer by
//! layer, so that the weights of one layer stay near the processor for all frames.

use super::{DIMENSIONS, Embedding, mel::BANDS};
use crate::kernel::{
    Variant,
    lstm::{GATES, LANES, Lanes, step},
};

/// Units of a layer.
pub(super) const UNITS: usize = 256;
/// Frames of a window: 1.6 s, which the network was trained with.
pub(super) const FRAMES: usize = 160;

pub(super) struct Layer {
    pub(super) inputs: usize,
    /// `[UNITS][inputs + UNITS][GATES]`: what multiplies the inputs, then what multiplies the layer's own outputs.
    pub(super) weights: Vec<[f32; GATES]>,
    /// `[UNITS][GATES]`, both biases added.
    pub(super) bias: Vec<[f32; GATES]>,
}

/// All weights.
pub(super) struct Network {
    pub(super) layers: [Layer; 3],
    /// `[DIMENSIONS][UNITS]`
    pub(super) projection: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

impl Network {
    /// At most [`LANES`] windows of [`FRAMES`] frames -> the embedding of each.
    pub(super) fn embed(&self, windows: &[&[[f32; BANDS]]]) -> Vec<Embedding> {
        let mut values = vec![[0.0; LANES]; FRAMES * BANDS];
        for (lane, window) in windows.iter().enumerate() {
            let numbers = window.as_flattened().iter();
            for (place, number) in values.iter_mut().zip(numbers) {
                place[lane] = *number;
            }
        }
        for layer in &self.layers {
            values = layer.run(&values);
        }
        let last = &values[values.len() - UNITS..];
        let lanes = 0..windows.len();
        lanes.map(|lane| self.project(last, lane)).collect()
    }

    fn project(&self, hidden: &[Lanes], lane: usize) -> Embedding {
        let mut sum = [0.0; DIMENSIONS];
        let rows = self.projection.chunks_exact(UNITS).zip(&self.bias);
        for (value, (row, bias)) in sum.iter_mut().zip(rows) {
            let products = row
                .iter()
                .zip(hidden)
                .map(|(weight, unit)| weight * unit[lane]);
            *value = (products.sum::<f32>() + bias).max(0.0);
        }
        Embedding::towards(&sum)
    }
}

impl Layer {
    /// `[FRAMES][inputs]` -> `[FRAMES][UNITS]`.
    fn run(&self, inputs: &[Lanes]) -> Vec<Lanes> {
        let variant = Variant::best();
        let mut outputs = vec![[0.0; LANES]; FRAMES * UNITS];
        let mut cells = vec![[0.0; LANES]; UNITS];
        let mut seen = vec![[0.0; LANES]; self.inputs + UNITS];
        let frames = inputs.chunks_exact(self.inputs);
        for (input, output) in frames.zip(outputs.chunks_exact_mut(UNITS)) {
            seen[..self.inputs].copy_from_slice(input);
            step(
                variant,
                &self.weights,
                &self.bias,
                &seen,
                &mut cells,
                output,
            );
            seen[self.inputs..].copy_from_slice(output);
        }
        outputs
    }
}
