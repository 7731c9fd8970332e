//! Attention of a few queries to all positions before them.
//!
//! Softmax and mixing go page by page with running maxima (Milakov and Gimelshein 2018), so the
//! memory needed does not grow with the sequence.

use super::{
    MOST_HEAD_WIDTH,
    rotation::{Angles, Rotation},
    sequence::Sequence,
};
use crate::kernel::{
    PANEL, Variant,
    mixed::{self, Left, MOST_ROWS, Right},
    row,
};

/// What a masked score becomes: its weight vanishes, but nothing turns into not-a-number.
const MASKED: f32 = -1e30;

/// What all queries of a layer share.
pub(super) struct Attention<'a> {
    pub(super) variant: Variant,
    pub(super) rotation: &'a Rotation,
    pub(super) angles: &'a Angles,
    /// Query heads, `[row][head][dimension]`, before the rotation.
    pub(super) queries: &'a [f32],
    pub(super) heads: usize,
    /// Query heads that share a head of keys.
    pub(super) group: usize,
    pub(super) width: usize,
    pub(super) layer: usize,
}

/// Up to [`MOST_ROWS`] queries of one sequence that read the same head of keys. They are numbered
/// token by token, and by head within a token.
pub(super) struct Tile<'a> {
    pub(super) sequence: &'a Sequence,
    pub(super) kv_head: usize,
    /// Row of the sequence's first new token.
    pub(super) first_row: usize,
    /// Position of that token.
    pub(super) first_position: usize,
    /// Number of the tile's first query.
    pub(super) first_query: usize,
    /// Where the results go: `width` numbers for each query of the tile.
    pub(super) output: &'a mut [f32],
}

impl Attention<'_> {
    /// Computes the tile's output.
    pub(super) fn attend(&self, tile: &mut Tile<'_>) {
        let count = tile.output.len() / self.width;
        let mut queries = [0.0; MOST_ROWS * MOST_HEAD_WIDTH];
        let mut positions = [0; MOST_ROWS];
        for (index, query) in queries.chunks_mut(self.width).take(count).enumerate() {
            let number = tile.first_query + index;
            let (token, head) = (number / self.group, number % self.group);
            self.query(tile, token, head, query);
            positions[index] = tile.first_position + token;
        }
        let positions = &positions[..count];
        let last = positions.last().copied().unwrap_or(0);
        let mut running = Running::new();
        tile.output.fill(0.0);
        let pages = tile.sequence.pages(self.layer, tile.kv_head);
        for (page, (keys, values)) in pages.take(last / PANEL + 1).enumerate() {
            let mut scores = [[0.0; PANEL]; MOST_ROWS];
            let scores = &mut scores[..count];
            let left = Left {
                values: &queries,
                stride: self.width,
                length: self.width,
            };
            let right = Right {
                values: keys,
                stride: PANEL,
            };
            mixed::multiply(self.variant, left, right, scores);
            mask(scores, positions, page * PANEL);
            running.weigh(self.variant, scores, tile.output, self.width);
            self.mix(scores, values, tile.output);
        }
        running.normalise(tile.output, self.width);
    }

    /// A query head: rotated, and scaled by the root of its width.
    fn query(&self, tile: &Tile<'_>, token: usize, head: usize, query: &mut [f32]) {
        let row = tile.first_row + token;
        let head = row * self.heads + tile.kv_head * self.group + head;
        query.copy_from_slice(&self.queries[head * self.width..][..self.width]);
        self.rotation.turn(self.angles, row, query);
        let scale = 1.0 / (self.width as f32).sqrt();
        for number in query {
            *number *= scale;
        }
    }

    /// Adds the page's values, weighed.
    fn mix(&self, weights: &[[f32; PANEL]], values: &[half::f16], output: &mut [f32]) {
        let left = Left {
            values: weights.as_flattened(),
            stride: PANEL,
            length: PANEL,
        };
        for column in (0..self.width).step_by(PANEL) {
            let right = Right {
                values: &values[column..],
                stride: self.width,
            };
            let mut sums = [[0.0; PANEL]; MOST_ROWS];
            let sums = &mut sums[..weights.len()];
            mixed::multiply(self.variant, left, right, sums);
            for (row, sums) in output.chunks_mut(self.width).zip(sums) {
                row::add(self.variant, &mut row[column..][..PANEL], sums);
            }
        }
    }
}

/// Hides the positions of a page that follow a query's own.
fn mask(scores: &mut [[f32; PANEL]], positions: &[usize], start: usize) {
    for (scores, position) in scores.iter_mut().zip(positions) {
        let visible = (position + 1).saturating_sub(start).min(PANEL);
        scores[visible..].fill(MASKED);
    }
}

/// Largest score and sum of weights of each query so far.
struct Running {
    largest: [f32; MOST_ROWS],
    totals: [f32; MOST_ROWS],
}

impl Running {
    fn new() -> Self {
        Self {
            largest: [MASKED; MOST_ROWS],
            totals: [0.0; MOST_ROWS],
        }
    }

    /// Scores become weights relative to the largest score so far; what was mixed before is
    /// brought to the same measure.
    fn weigh(
        &mut self,
        variant: Variant,
        scores: &mut [[f32; PANEL]],
        output: &mut [f32],
        width: usize,
    ) {
        for (index, scores) in scores.iter_mut().enumerate() {
            let before = self.largest[index];
            let (largest, total) = row::weigh(variant, scores, before);
            if largest > before {
                let factor = (before - largest).exp();
                self.totals[index] *= factor;
                row::scale(variant, &mut output[index * width..][..width], factor);
                self.largest[index] = largest;
            }
            self.totals[index] += total;
        }
    }

    fn normalise(&self, output: &mut [f32], width: usize) {
        for (row, total) in output.chunks_mut(width).zip(self.totals) {
            for number in row {
                *number /= total;
            }
        }
    }
}
