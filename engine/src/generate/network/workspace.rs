//! The numbers between the layers' products, kept from pass to pass.

use super::{config::Config, rotation::Angles};
use crate::kernel::{Activations, Pool, Precision, TILE, Tile, Variant, row};

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
        let tiles = self.stream.chunks(TILE * config.width);
        pool.share(tiles.zip(self.inputs.tiles_mut()), |(stream, tile)| {
            normalise(variant, config, weights, stream.chunks(config.width), tile);
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
        for (wanted, tile) in wanted.chunks(TILE).zip(self.inputs.tiles_mut()) {
            let rows = wanted
                .iter()
                .map(|row| &self.stream[row * config.width..][..config.width]);
            normalise(variant, config, weights, rows, tile);
        }
    }

    /// What attention found, head by head, becomes inputs.
    pub(super) fn quantise_mixed(&mut self, pool: &Pool, variant: Variant, config: &Config) {
        let (rows, width) = (self.rows, config.group() * config.head_width);
        self.wide_inputs
            .resize(rows, config.query_width(), config.precision);
        self.wide_inputs
            .quantise_heads(pool, variant, &self.mixed, width);
    }

    /// Gate and up become inputs.
    pub(super) fn gate(&mut self, pool: &Pool, variant: Variant, config: &Config) {
        self.wide_inputs
            .resize(self.rows, config.feed_forward, config.precision);
        let (width, tile) = (config.feed_forward, TILE * config.feed_forward);
        let tiles = self.gate.chunks_mut(tile).zip(self.up.chunks(tile));
        let tiles = tiles.zip(self.wide_inputs.tiles_mut());
        pool.share(tiles, |((gates, ups), tile)| {
            let rows = gates.chunks_mut(width).zip(ups.chunks(width));
            for (row, (gate, up)) in rows.enumerate() {
                row::silu_times(variant, gate, up);
                tile.quantise(variant, row, gate);
            }
        });
    }
}

/// Up to [`TILE`] rows, normalised, become a tile of inputs.
fn normalise<'r>(
    variant: Variant,
    config: &Config,
    weights: &[f32],
    rows: impl Iterator<Item = &'r [f32]>,
    tile: &mut Tile,
) {
    let mut normalised = vec![0.0; config.width];
    for (row, numbers) in rows.enumerate() {
        row::rms_norm(variant, numbers, weights, config.epsilon, &mut normalised);
        tile.quantise(variant, row, &normalised);
    }
}
