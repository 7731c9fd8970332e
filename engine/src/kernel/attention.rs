//! Attention of a few queries to keys and values in pages.
//!
//! Softmax and mixing go block by block with running maxima (Milakov and Gimelshein 2018), so the
//! memory needed does not grow with the number of positions.

use half::f16;

use super::{
    PANEL, Variant,
    mixed::{self, Left, MOST_ROWS, Right},
    row,
};

/// What a masked score becomes: its weight vanishes, but nothing turns into not-a-number.
const MASKED: f32 = -1e30;
/// Pages whose scores are weighed together.
const BLOCK: usize = 8;
/// Positions of a block.
const POSITIONS: usize = BLOCK * PANEL;

/// Keys and values of [`PANEL`] positions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page<'a> {
    /// `[dimension][position]`.
    pub(crate) keys: &'a [f16],
    /// `[position][dimension]`.
    pub(crate) values: &'a [f16],
}

/// Up to [`MOST_ROWS`] queries of `width` numbers, scaled already; query `i` sees the first
/// `visible[i]` positions, at least one. Their mixtures of the values go to the output, of the
/// same shape.
///
/// # Panics
/// When there are more queries, or the sizes do not fit each other.
pub(crate) fn attend(
    variant: Variant,
    queries: &[f32],
    visible: &[usize],
    pages: &[Page<'_>],
    output: &mut [f32],
) {
    let rows = visible.len();
    let most = visible.iter().copied().max().unwrap_or(0);
    let mut running = Running {
        variant,
        width: queries.len() / rows.max(1),
        largest: [MASKED; MOST_ROWS],
        totals: [0.0; MOST_ROWS],
    };
    output.fill(0.0);
    let mut scores = [[0.0; POSITIONS]; MOST_ROWS];
    let scores = &mut scores[..rows];
    for (number, block) in pages[..most.div_ceil(PANEL)].chunks(BLOCK).enumerate() {
        running.score(queries, block, scores);
        for (scores, visible) in scores.iter_mut().zip(visible) {
            scores[visible.saturating_sub(number * POSITIONS).min(POSITIONS)..].fill(MASKED);
        }
        running.weigh(scores, block.len() * PANEL, output);
        running.mix(scores, block, output);
    }
    running.normalise(output);
}

/// Largest score and sum of weights of each query so far.
struct Running {
    variant: Variant,
    /// Numbers of a query.
    width: usize,
    largest: [f32; MOST_ROWS],
    totals: [f32; MOST_ROWS],
}

impl Running {
    /// Products of the queries with the keys of a block.
    fn score(&self, queries: &[f32], block: &[Page<'_>], scores: &mut [[f32; POSITIONS]]) {
        let left = Left {
            values: queries,
            stride: self.width,
            length: self.width,
        };
        for (number, page) in block.iter().enumerate() {
            // The values are wanted once all keys of the block have been.
            mixed::fetch(page.values);
            if let Some(next) = block.get(number + 1) {
                mixed::fetch(next.keys);
            }
            let right = Right {
                values: page.keys,
                stride: PANEL,
            };
            let mut found = [[0.0; PANEL]; MOST_ROWS];
            let found = &mut found[..scores.len()];
            mixed::multiply(self.variant, left, right, found);
            for (scores, found) in scores.iter_mut().zip(found) {
                scores[number * PANEL..][..PANEL].copy_from_slice(found);
            }
        }
    }

    /// Scores become weights relative to the largest score so far; what was mixed before is
    /// brought to the same measure.
    fn weigh(&mut self, scores: &mut [[f32; POSITIONS]], positions: usize, output: &mut [f32]) {
        for (index, scores) in scores.iter_mut().enumerate() {
            let before = self.largest[index];
            let (largest, total) = row::weigh(self.variant, &mut scores[..positions], before);
            if largest > before {
                let factor = (before - largest).exp();
                self.totals[index] *= factor;
                let mixed = &mut output[index * self.width..][..self.width];
                row::scale(self.variant, mixed, factor);
                self.largest[index] = largest;
            }
            self.totals[index] += total;
        }
    }

    /// Adds the values of a block, weighed.
    fn mix(&self, weights: &[[f32; POSITIONS]], block: &[Page<'_>], output: &mut [f32]) {
        for column in (0..self.width).step_by(PANEL) {
            let mut sums = [[0.0; PANEL]; MOST_ROWS];
            let sums = &mut sums[..weights.len()];
            for (number, page) in block.iter().enumerate() {
                let left = Left {
                    values: &weights.as_flattened()[number * PANEL..],
                    stride: POSITIONS,
                    length: PANEL,
                };
                let right = Right {
                    values: &page.values[column..],
                    stride: self.width,
                };
                mixed::multiply(self.variant, left, right, sums);
            }
            for (row, sums) in output.chunks_mut(self.width).zip(sums) {
                row::add(self.variant, &mut row[column..][..PANEL], sums);
            }
        }
    }

    fn normalise(&self, output: &mut [f32]) {
        for (row, total) in output.chunks_mut(self.width).zip(self.totals) {
            row::scale(self.variant, row, 1.0 / total);
        }
    }
}
