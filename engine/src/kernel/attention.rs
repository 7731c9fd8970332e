//! Attention of a few queries to keys and values in pages.
//!
//! Softmax and mixing go block by block with running maxima (Milakov and Gimelshein 2018), so the
//! memory needed does not grow with the number of positions.

use half::f16;

use super::{
    PANEL, Variant,
    mixed::{self, Left, MOST_ROWS, Right, Target},
    row,
};

/// What a masked score becomes: its weight vanishes, but nothing turns into not-a-number.
const MASKED: f32 = -1e30;
/// Pages whose scores are weighed together.
const BLOCK: usize = 8;
/// Pages that are mixed by themselves and then joined, whether one thread does all of them or
/// several do: the result is the same to the last bit.
const SEGMENT: usize = 2 * BLOCK;
/// Positions of a block.
const POSITIONS: usize = BLOCK * PANEL;

/// Widest query: a few of them are kept on the stack.
pub(crate) const MOST_WIDTH: usize = 256;

/// Keys and values of [`PANEL`] positions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page<'a> {
    /// `[dimension][position]`.
    pub(crate) keys: &'a [f16],
    /// `[position][dimension]`.
    pub(crate) values: &'a [f16],
}

/// A page, to be filled.
#[derive(Debug)]
pub(crate) struct PageMut<'a> {
    pub(crate) keys: &'a mut [f16],
    pub(crate) values: &'a mut [f16],
}

impl PageMut<'_> {
    /// Stores the key and the value of a position.
    ///
    /// # Panics
    /// When the position is not in the page, or the page is not of that width, or of more than
    /// [`MOST_WIDTH`].
    pub(crate) fn store(&mut self, variant: Variant, position: usize, key: &[f32], value: &[f32]) {
        assert!(position < PANEL, "a page has {PANEL} positions");
        let sizes = [(key, &self.keys), (value, &self.values)];
        let fits = sizes
            .iter()
            .all(|(row, page)| PANEL * row.len() == page.len());
        assert!(fits, "a page is of one width");
        let mut halves = [f16::ZERO; MOST_WIDTH];
        let halves = &mut halves[..key.len()];
        mixed::round(variant, key, halves);
        let stored = self.keys[position..].iter_mut().step_by(PANEL);
        for (stored, number) in stored.zip(halves) {
            *stored = *number;
        }
        let width = value.len();
        mixed::round(
            variant,
            value,
            &mut self.values[position * width..][..width],
        );
    }
}

/// Memory that calls use one after another.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Scores of each query in a block; whatever is there before is written over.
    scores: Vec<[f32; POSITIONS]>,
}

/// Up to [`MOST_ROWS`] queries of as many numbers each, scaled already; query `i` sees the first
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
    scratch: &mut Scratch,
) {
    let mut segments = segments(visible, pages);
    let Some((first, segment)) = segments.next() else {
        return output.fill(0.0);
    };
    let mut mixture = mix(variant, queries, visible, segment, first, output, scratch);
    let mut others = Vec::new();
    for (first, segment) in segments {
        others.resize(output.len(), 0.0);
        let other = mix(
            variant,
            queries,
            visible,
            segment,
            first,
            &mut others,
            scratch,
        );
        mixture.join(output, &other, &others);
    }
    mixture.finish(output);
}

/// The visible pages in [segments](SEGMENT), each with the number of its first page.
pub(crate) fn segments<'p, 'a>(
    visible: &[usize],
    pages: &'p [Page<'a>],
) -> impl Iterator<Item = (usize, &'p [Page<'a>])> + use<'p, 'a> {
    let most = visible.iter().copied().max().unwrap_or(0);
    let pages = &pages[..most.div_ceil(PANEL)];
    (0..).step_by(SEGMENT).zip(pages.chunks(SEGMENT))
}

/// As [`attend`] with one of the [segments], whose first page is number `first`: what it gives must be
/// [joined](Mixture::join) with the mixtures of the others, in order, and then
/// [finished](Mixture::finish).
pub(crate) fn mix(
    variant: Variant,
    queries: &[f32],
    visible: &[usize],
    pages: &[Page<'_>],
    first: usize,
    output: &mut [f32],
    scratch: &mut Scratch,
) -> Mixture {
    let rows = visible.len();
    let mut mixture = Mixture {
        variant,
        width: queries.len() / rows.max(1),
        largest: [MASKED; MOST_ROWS],
        totals: [0.0; MOST_ROWS],
    };
    output.fill(0.0);
    if scratch.scores.len() < rows {
        scratch.scores.resize(rows, [0.0; POSITIONS]);
    }
    let scores = &mut scratch.scores[..rows];
    for (number, block) in pages.chunks(BLOCK).enumerate() {
        mixture.score(queries, block, scores);
        let start = first * PANEL + number * POSITIONS;
        for (scores, visible) in scores.iter_mut().zip(visible) {
            scores[visible.saturating_sub(start).min(POSITIONS)..].fill(MASKED);
        }
        mixture.weigh(scores, block.len() * PANEL, output);
        mixture.add(scores, block, output);
    }
    mixture
}

/// Largest score and sum of weights of each query so far; what was mixed is as large as the sum.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mixture {
    variant: Variant,
    /// Numbers of a query.
    width: usize,
    largest: [f32; MOST_ROWS],
    totals: [f32; MOST_ROWS],
}

impl Mixture {
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
            let mut target = Target {
                rows: scores.len(),
                values: &mut scores.as_flattened_mut()[number * PANEL..],
                stride: POSITIONS,
                accumulate: false,
            };
            mixed::multiply(self.variant, left, right, &mut target);
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
    fn add(&self, weights: &[[f32; POSITIONS]], block: &[Page<'_>], output: &mut [f32]) {
        for column in (0..self.width).step_by(PANEL) {
            let mut target = Target {
                values: &mut output[column..],
                stride: self.width,
                rows: weights.len(),
                accumulate: true,
            };
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
                mixed::multiply(self.variant, left, right, &mut target);
            }
        }
    }

    /// Takes the mixture of other positions in.
    pub(crate) fn join(&mut self, output: &mut [f32], other: &Self, others: &[f32]) {
        let rows = output.chunks_mut(self.width).zip(others.chunks(self.width));
        for (index, (row, others)) in rows.enumerate() {
            let largest = self.largest[index].max(other.largest[index]);
            let own = (self.largest[index] - largest).exp();
            let foreign = (other.largest[index] - largest).exp();
            for (number, other) in row.iter_mut().zip(others) {
                *number = *number * own + other * foreign;
            }
            self.totals[index] = self.totals[index] * own + other.totals[index] * foreign;
            self.largest[index] = largest;
        }
    }

    /// Brings the mixture to its mean.
    pub(crate) fn finish(&self, output: &mut [f32]) {
        for (row, total) in output.chunks_mut(self.width).zip(self.totals) {
            row::scale(self.variant, row, 1.0 / total);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;

    /// Three queries over forty positions in one go and in parts.
    #[test]
    fn parts_join_to_the_whole() {
        let width = 32;
        let noise = |seed: usize| move |i: usize| ((i * 37 + seed * 101) as f32 * 0.7).sin();
        let halves = |seed| {
            let numbers = (0..3 * PANEL * width).map(noise(seed));
            numbers.map(f16::from_f32).collect::<Vec<f16>>()
        };
        let (keys, values) = (halves(1), halves(2));
        let pages = keys.chunks(PANEL * width).zip(values.chunks(PANEL * width));
        let all_pages: Vec<Page<'_>> = pages.map(|(keys, values)| Page { keys, values }).collect();
        let queries: Vec<f32> = (0..3 * width).map(noise(3)).collect();
        let visible = [38, 39, 40];
        for variant in Variant::available() {
            let mut whole = vec![0.0; queries.len()];
            let scratch = &mut Scratch::default();
            attend(variant, &queries, &visible, &all_pages, &mut whole, scratch);
            let (mut joined, mut others) = (vec![0.0; queries.len()], vec![0.0; queries.len()]);
            let mut part = |pages: Range<usize>, output: &mut [f32]| {
                let first = pages.start;
                let pages = &all_pages[pages];
                mix(variant, &queries, &visible, pages, first, output, scratch)
            };
            let mut mixture = part(0..1, &mut joined);
            let other = part(1..all_pages.len(), &mut others);
            mixture.join(&mut joined, &other, &others);
            mixture.finish(&mut joined);
            for (joined, whole) in joined.iter().zip(&whole) {
                assert!((joined - whole).abs() < 1e-5, "{variant}");
            }
            let mean = (0..38)
                .map(|p| values[p * width].to_f64() / 38.0)
                .sum::<f64>();
            assert!((f64::from(whole[0]) - mean).abs() < 1.0);
        }
    }
}
