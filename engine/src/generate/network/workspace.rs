//! The numbers between the layers' products, kept from pass to pass.

use super::{config::Config, rotation::Angles};
use crate::kernel::{Activations, Pool, Precision, RowMut, Variant, row};

/// Buffers of one pass at a time. Rows are tokens.
#[derive(Default)]
pub(in crate::generate) struct Workspace {
    rows: usize,
    pub(super) angles: Angles,
    /// The residual stream, `[row][width]`.
    pub(super) stream: Vec<f32>,
    /// Normalised rows of the stream, quantised.
    pub(super) inputs: Activations,
    /// Quantised rows of any other width.
    pub(super) wide_inputs: Activations,
    /// `[row][head][dimension]`, likewise the next two.
    pub(super) queries: Vec<f32>,
    pub(super) keys: Vec<f32>,
    pub(super) values: Vec<f32>,
    /// What attention found, `[kv head][row][head of its group][dimension]`.
    pub(super) mixed: Vec<f32>,
    pub(super) gate: Vec<f32>,
    pub(super) up: Vec<f32>,
    pub(super) scores: Vec<f32>,
}

impl Workspace {
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn resize(&mut self, config: &Config, rows: usize) {
        self.rows = rows;
        for (buffer, width) in [
            (&mut self.stream, config.width),
            (&mut self.queries, config.query_width()),
            (&mut self.keys, config.kv_width()),
            (&mut self.values, config.kv_width()),
            (&mut self.mixed, config.query_width()),
            (&mut self.gate, config.feed_forward),
            (&mut self.up, config.feed_forward),
        ] {
            buffer.resize(rows * width, 0.0);
        }
    }

    /// Every row of the stream, normalised, becomes inputs.
    pub(super) fn normalise(
        &mut self,
        pool: &Pool,
        variant: Variant,
        config: &Config,
        weights: &[f32],
    ) {
        self.inputs
            .resize(self.rows, config.width, config.precision);
        let rows = self.stream.chunks(config.width).zip(self.inputs.rows_mut());
        pool.share(rows, |(stream, inputs)| {
            normalise_row(variant, config, weights, stream, inputs);
        });
    }

    /// Some rows of the stream, normalised, become inputs. They are few and decide what is said, so
    /// they are rounded as finely as can be.
    pub(super) fn select(
        &mut self,
        variant: Variant,
        config: &Config,
        weights: &[f32],
        wanted: &[usize],
    ) {
        self.inputs
            .resize(wanted.len(), config.width, Precision::Sixteen);
        for (row, mut inputs) in wanted.iter().zip(self.inputs.rows_mut()) {
            let stream = &self.stream[row * config.width..][..config.width];
            normalise_row(variant, config, weights, stream, &mut inputs);
        }
    }

    /// What attention found, head by head, becomes inputs.
    pub(super) fn quantise_mixed(&mut self, pool: &Pool, variant: Variant, config: &Config) {
        let (rows, width) = (self.rows, config.group() * config.head_width);
        self.wide_inputs
            .resize(rows, config.query_width(), config.precision);
        let mixed = &self.mixed;
        let inputs = self.wide_inputs.rows_mut().enumerate();
        pool.share(inputs, |(row, inputs)| {
            let heads = mixed.chunks(width).skip(*row).step_by(rows);
            let found = heads.collect::<Vec<_>>().concat();
            inputs.quantise(variant, &found);
        });
    }

    /// Gate and up become inputs.
    pub(super) fn gate(&mut self, pool: &Pool, variant: Variant, config: &Config) {
        self.wide_inputs
            .resize(self.rows, config.feed_forward, config.precision);
        let gates = self.gate.chunks_mut(config.feed_forward);
        let rows = gates
            .zip(self.up.chunks(config.feed_forward))
            .zip(self.wide_inputs.rows_mut());
        pool.share(rows, |((gate, up), inputs)| {
            row::silu_times(variant, gate, up);
            inputs.quantise(variant, gate);
        });
    }
}

fn normalise_row(
    variant: Variant,
    config: &Config,
    weights: &[f32],
    stream: &[f32],
    inputs: &mut RowMut<'_>,
) {
    let mut normalised = vec![0.0; config.width];
    row::rms_norm(variant, stream, weights, config.epsilon, &mut normalised);
    inputs.quantise(variant, &normalised);
}
