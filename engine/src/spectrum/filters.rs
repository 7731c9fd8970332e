//! A bank of filters without its zeros.

use std::ops::Range;

/// The filter bank has another size than it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a mel filter bank of {found} weights cannot have {bands} bands of {bins} each")]
pub(crate) struct FilterError {
    found: usize,
    bands: usize,
    bins: usize,
}

/// A filter hears a narrow range of frequencies only; 80 filters have some 400 weights that are
/// not zero out of 16,080.
#[derive(Debug, Clone)]
pub(crate) struct FilterBank {
    weights: Vec<f32>,
    bands: Vec<Band>,
}

#[derive(Debug, Clone)]
struct Band {
    bins: Range<usize>,
    weights: Range<usize>,
}

impl FilterBank {
    /// Of filters one after another, each with a weight for every frequency.
    ///
    /// # Errors
    /// [`FilterError`] for another number of weights, or without any band.
    pub(crate) fn new(filters: &[f32], bands: usize, bins: usize) -> Result<Self, FilterError> {
        if bands == 0 || bands.checked_mul(bins) != Some(filters.len()) {
            return Err(FilterError {
                found: filters.len(),
                bands,
                bins,
            });
        }
        Ok(Self::without_zeros(filters, bins))
    }

    pub(super) fn without_zeros(filters: &[f32], bins: usize) -> Self {
        let mut sparse = Self {
            weights: Vec::new(),
            bands: Vec::with_capacity(filters.len() / bins),
        };
        for filter in filters.chunks_exact(bins) {
            let first = filter.iter().position(|weight| *weight != 0.0);
            let last = filter.iter().rposition(|weight| *weight != 0.0);
            let bins = first.unwrap_or(0)..last.map_or(0, |last| last + 1);
            let start = sparse.weights.len();
            sparse.weights.extend(&filter[bins.clone()]);
            let weights = start..sparse.weights.len();
            sparse.bands.push(Band { bins, weights });
        }
        sparse
    }

    pub(crate) fn bands(&self) -> usize {
        self.bands.len()
    }

    /// The power that each band lets through; `power` has as many bins as the filters.
    pub(super) fn apply(&self, power: &[f32], values: &mut [f32]) {
        for (value, band) in values.iter_mut().zip(&self.bands) {
            let weights = &self.weights[band.weights.clone()];
            let power = &power[band.bins.clone()];
            *value = weights
                .iter()
                .zip(power)
                .map(|(weight, power)| weight * power)
                .sum();
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "small whole numbers are exact")]
mod tests {
    use super::*;

    #[test]
    fn zeros_around_a_filter_do_not_matter() {
        let filters = [0.0, 2.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
        let filters = FilterBank::new(&filters, 3, 4).unwrap();
        assert_eq!(filters.weights.len(), 4);
        let mut values = [9.0; 3];
        filters.apply(&[5.0, 6.0, 7.0, 8.0], &mut values);
        assert_eq!(values, [36.0, 0.0, 5.0]);
    }

    #[test]
    fn other_sizes_are_refused() {
        assert!(FilterBank::new(&[1.0; 7], 2, 4).is_err());
        assert!(FilterBank::new(&[], 0, 4).is_err());
        assert!(FilterBank::new(&[1.0], usize::MAX, 4).is_err());
    }
}
