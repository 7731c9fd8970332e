//! The median of seven neighbours.

const WIDTH: usize = 7;
const MARGIN: usize = WIDTH / 2;

/// Smooths rows over time: single frames that stand out vanish, edges stay where they are.
#[derive(Debug)]
pub(super) struct Median {
    /// A row, mirrored at both ends around its first and last frame.
    padded: Vec<f32>,
    frames: usize,
}

impl Median {
    pub(super) fn new(frames: usize) -> Self {
        Self {
            padded: vec![0.0; frames + 2 * MARGIN],
            frames,
        }
    }

    /// Adds the smoothed `row` to `sum`; both have the number of frames given to `new`. Rows that
    /// are too short to be mirrored stay as they are, as in the original.
    pub(super) fn add(&mut self, row: &[f32], sum: &mut [f32]) {
        if self.frames <= MARGIN || row.len() != self.frames {
            for (sum, value) in sum.iter_mut().zip(row) {
                *sum += value;
            }
            return;
        }
        let (before, rest) = self.padded.split_at_mut(MARGIN);
        let (middle, after) = rest.split_at_mut(self.frames);
        middle.copy_from_slice(row);
        for (padding, value) in before.iter_mut().rev().zip(row.iter().skip(1)) {
            *padding = *value;
        }
        for (padding, value) in after.iter_mut().zip(row.iter().rev().skip(1)) {
            *padding = *value;
        }
        for (sum, window) in sum.iter_mut().zip(self.padded.windows(WIDTH)) {
            if let Ok(window) = window.try_into() {
                *sum += median(window);
            }
        }
    }
}

/// Exchanges of places after which the middle one has the median (the idea is of Paeth, "Median
/// finding on a 3x3 grid", 1990). They need no proof beyond the test, which tries all cases.
const EXCHANGES: [(usize, usize); 13] = [
    (0, 5),
    (0, 3),
    (1, 6),
    (2, 4),
    (0, 1),
    (3, 5),
    (2, 6),
    (2, 3),
    (3, 6),
    (4, 5),
    (1, 4),
    (1, 3),
    (3, 4),
];

/// The middle one of seven. The exchanges do not branch, so that several windows are sorted at
/// once.
#[inline]
fn median(window: &[f32; WIDTH]) -> f32 {
    let mut sorted = *window;
    for (first, second) in EXCHANGES {
        let (one, other) = (sorted[first], sorted[second]);
        let in_order = one < other;
        sorted[first] = if in_order { one } else { other };
        sorted[second] = if in_order { other } else { one };
    }
    sorted[MARGIN]
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "medians are among the numbers")]
mod tests {
    use super::*;

    #[test]
    fn the_network_finds_the_middle_of_zeros_and_ones_and_so_of_everything() {
        for bits in 0..1_u32 << WIDTH {
            let window = std::array::from_fn(|place| ((bits >> place) & 1) as f32);
            let expected = if bits.count_ones() > 3 { 1.0 } else { 0.0 };
            assert_eq!(median(&window), expected, "{window:?}");
        }
    }

    #[test]
    fn rows_are_mirrored_at_their_ends() {
        let row = [5.0, 1.0, 4.0, 2.0, 3.0];
        let mut sum = [10.0; 5];
        Median::new(5).add(&row, &mut sum);
        // Around the first: 2 4 1 5 1 4 2; around the last: 1 4 2 3 2 4 1.
        assert_eq!(sum, [12.0, 13.0, 12.0, 13.0, 12.0]);
    }

    #[test]
    fn short_rows_stay() {
        let mut sum = [0.0; 3];
        Median::new(3).add(&[3.0, 1.0, 2.0], &mut sum);
        assert_eq!(sum, [3.0, 1.0, 2.0]);
    }
}
