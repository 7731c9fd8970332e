//! Attention of a few queries to keys and values in pages.
//!
//! Softmax and mixing go page by page with running maxima (Milakov and Gimelshein 2018), so the
//! memory needed does not grow with the number of positions.

use half::f16;

use super::{
    PANEL, Variant,
    mixed::{self, Left, MOST_ROWS, Right},
    row,
};

/// What a masked score becomes: its weight vanishes, but nothing turns into not-a-number.
const MASKED: f32 = -1e30;

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
pub(crate) fn attend<'a>(
    variant: Variant,
    queries: &[f32],
    visible: &[usize],
    pages: impl Iterator<Item = Page<'a>>,
    output: &mut [f32],
) {
    let width = queries.len() / visible.len().max(1);
    let most = visible.iter().copied().max().unwrap_or(0);
    let mut running = Running {
        variant,
        width,
        largest: [MASKED; MOST_ROWS],
        totals: [0.0; MOST_ROWS],
    };
    output.fill(0.0);
    for (number, page) in pages.take(most.div_ceil(PANEL)).enumerate() {
        let mut scores = [[0.0; PANEL]; MOST_ROWS];
        let scores = &mut scores[..visible.len()];
        let left = Left {
            values: queries,
            stride: width,
            length: width,
        };
        let right = Right {
            values: page.keys,
            stride: PANEL,
        };
        mixed::multiply(variant, left, right, scores);
        for (scores, visible) in scores.iter_mut().zip(visible) {
            scores[visible.saturating_sub(number * PANEL).min(PANEL)..].fill(MASKED);
        }
        running.weigh(scores, output);
        running.mix(scores, page.values, output);
    }
    running.normalise(output);
}

/// Largest score and sum of weights of each query so far.
struct Running {
    variant: Variant,
    width: usize,
    largest: [f32; MOST_ROWS],
    totals: [f32; MOST_ROWS],
}

impl Running {
    /// Scores become weights relative to the largest score so far; what was mixed before is
    /// brought to the same measure.
    fn weigh(&mut self, scores: &mut [[f32; PANEL]], output: &mut [f32]) {
        for (index, scores) in scores.iter_mut().enumerate() {
            let before = self.largest[index];
            let (largest, total) = row::weigh(self.variant, scores, before);
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

    /// Adds the page's values, weighed.
    fn mix(&self, weights: &[[f32; PANEL]], values: &[f16], output: &mut [f32]) {
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

    fn normalise(&self, output: &mut [f32]) {
        for (row, total) in output.chunks_mut(self.width).zip(self.totals) {
            row::scale(self.variant, row, 1.0 / total);
        }
    }
}
