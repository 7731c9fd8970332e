//! What lies between the layers, and the steps that encoder and decoder have in common.
//!
//! rows of numbers -> normalised and quantised inputs -> a product -> added to the rows, and so on.

use super::weights::{FeedForward, Linear, Norm};
use crate::kernel::{Activations, Matrix, Pool, Precision, Product, TILE, Variant, multiply, row};

/// Added to variances, as Whisper was trained.
const EPSILON: f32 = 1e-5;

/// The processor's threads and instructions.
#[derive(Clone, Copy)]
pub(super) struct Machine<'a> {
    pub(super) pool: &'a Pool,
    pub(super) variant: Variant,
}

/// The residual stream with room for what is computed from it; kept from pass to pass.
#[derive(Default)]
pub(super) struct Stream {
    pub(super) rows: usize,
    width: usize,
    /// `[row][width]`.
    pub(super) numbers: Vec<f32>,
    /// The rows, normalised and quantised.
    pub(super) inputs: Activations,
    /// Quantised rows of anything else.
    pub(super) others: Activations,
    /// Between the two products of the feed-forward part.
    wide: Vec<f32>,
}

impl Stream {
    /// Makes room for so many rows, whose numbers are whatever they were.
    pub(super) fn resize(&mut self, rows: usize, width: usize) {
        (self.rows, self.width) = (rows, width);
        self.numbers.resize(rows * width, 0.0);
    }

    /// Every row, normalised, becomes inputs.
    pub(super) fn normalise(&mut self, machine: Machine<'_>, norm: &Norm) {
        let (width, variant) = (self.width, machine.variant);
        self.inputs.resize(self.rows, width, Precision::Eight);
        let tiles = self.numbers.chunks(TILE * width);
        machine
            .pool
            .share(tiles.zip(self.inputs.tiles_mut()), |(rows, tile)| {
                let mut normalised = vec![0.0; width];
                for (number, row) in rows.chunks(width).enumerate() {
                    normalised.copy_from_slice(row);
                    norm.apply(variant, &mut normalised);
                    tile.quantise(variant, number, &normalised);
                }
            });
    }

    /// The product of the inputs takes the place of what the output holds.
    pub(super) fn project(&self, machine: Machine<'_>, matrix: &Matrix, output: &mut Vec<f32>) {
        output.resize(self.rows * matrix.outputs(), 0.0);
        let mut products = [Product {
            matrix,
            output,
            accumulate: false,
        }];
        multiply(machine.pool, machine.variant, &self.inputs, &mut products);
    }

    /// Adds a product of what attention found, `[head][row][dimension]`, to the rows.
    pub(super) fn add_mixed(
        &mut self,
        machine: Machine<'_>,
        linear: &Linear,
        mixed: &[f32],
        head_width: usize,
    ) {
        self.others.resize(self.rows, self.width, Precision::Eight);
        self.others
            .quantise_heads(machine.pool, machine.variant, mixed, head_width);
        self.add_others(machine, linear);
    }

    /// Adds the feed-forward part to the rows.
    pub(super) fn feed_forward(&mut self, machine: Machine<'_>, part: &FeedForward) {
        self.normalise(machine, &part.norm);
        let mut wide = std::mem::take(&mut self.wide);
        self.project(machine, &part.expand.matrix, &mut wide);
        let width = part.expand.matrix.outputs();
        self.others.resize(self.rows, width, Precision::Eight);
        let tiles = wide.chunks_mut(TILE * width).zip(self.others.tiles_mut());
        machine.pool.share(tiles, |(wide, tile)| {
            for (number, wide) in wide.chunks_mut(width).enumerate() {
                row::gelu(machine.variant, wide, &part.expand.bias);
                tile.quantise(machine.variant, number, wide);
            }
        });
        self.wide = wide;
        self.add_others(machine, &part.contract);
    }

    fn add_others(&mut self, machine: Machine<'_>, linear: &Linear) {
        let mut products = [Product {
            matrix: &linear.matrix,
            output: &mut self.numbers,
            accumulate: true,
        }];
        multiply(machine.pool, machine.variant, &self.others, &mut products);
        let tiles = self.numbers.chunks_mut(TILE * self.width);
        machine.pool.share(tiles, |rows| {
            for row in rows.chunks_mut(self.width) {
                row::add(machine.variant, row, &linear.bias);
            }
        });
    }
}

impl Norm {
    /// Normalises a row.
    pub(super) fn apply(&self, variant: Variant, row: &mut [f32]) {
        row::layer_norm(variant, row, &self.weights, &self.biases, EPSILON);
    }
}
