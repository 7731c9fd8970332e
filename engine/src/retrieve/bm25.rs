//! BM25 (Robertson & Zaragoza 2009) as sparse vectors.
//!
//! A document's vector holds the saturated frequency of each term, a question's holds ones, and
//! the store multiplies in the inverse document frequency, which it alone knows. Terms are
//! identified by a 32-bit checksum: two of 100,000 terms share one with a probability of about
//! one, which costs a little precision on these two.

use std::collections::BTreeMap;

use crate::text::Analyzer;

/// Term frequency saturation.
const K1: f32 = 1.2;
/// Strength of the length normalisation.
const B: f32 = 0.75;
/// Terms in an average chunk. It is a constant because the weights are stored with the chunk and
/// cannot follow a changing average; chunks are cut to one size, so it hardly changes.
const AVERAGE_TERMS: f32 = 70.0;

/// A sparse vector: `indices` ascending, each with its value.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct SparseVector {
    pub(super) indices: Vec<u32>,
    pub(super) values: Vec<f32>,
}

impl SparseVector {
    pub(super) fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }
}

impl FromIterator<(u32, f32)> for SparseVector {
    fn from_iter<T: IntoIterator<Item = (u32, f32)>>(entries: T) -> Self {
        let (indices, values) = entries.into_iter().unzip();
        Self { indices, values }
    }
}

/// Vector of a text to be found.
pub(super) fn document(analyzer: &Analyzer, text: &str) -> SparseVector {
    let counts = counts(analyzer, text);
    let length: f32 = counts.values().sum();
    let norm = K1 * (1.0 - B + B * length / AVERAGE_TERMS);
    counts
        .into_iter()
        .map(|(term, count)| (term, count * (K1 + 1.0) / (count + norm)))
        .collect()
}

/// Vector of a question.
pub(super) fn question(analyzer: &Analyzer, text: &str) -> SparseVector {
    counts(analyzer, text)
        .into_keys()
        .map(|term| (term, 1.0))
        .collect()
}

fn counts(analyzer: &Analyzer, text: &str) -> BTreeMap<u32, f32> {
    let mut counts = BTreeMap::new();
    for term in analyzer.terms(text) {
        *counts
            .entry(crc32fast::hash(term.as_bytes()))
            .or_insert(0.0) += 1.0;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_follow_the_formula() {
        let vector = document(&Analyzer::default(), "wing wing flutter");
        let weight = |count: f32| count * 2.2 / (count + 1.2 * (0.25 + 0.75 * 3.0 / AVERAGE_TERMS));
        let mut values = vector.values.clone();
        values.sort_by(f32::total_cmp);
        assert!((values[0] - weight(1.0)).abs() < 1e-6);
        assert!((values[1] - weight(2.0)).abs() < 1e-6);
        assert!(vector.indices.is_sorted());
    }

    #[test]
    fn questions_count_each_term_once() {
        let vector = question(&Analyzer::default(), "Wing? The wing flutters");
        assert_eq!(vector.values, [1.0, 1.0]);
        assert!(question(&Analyzer::default(), "the of").is_empty());
    }
}
