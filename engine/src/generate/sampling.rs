//! Choosing the next token from its scores.
//!
//! scores / temperature -> softmax -> nucleus (the fewest likeliest tokens that together reach
//! `top_p`, Holtzman et al. 2020) -> one of them by chance.

use std::cmp::Ordering;

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::Options;
use crate::{Error, Result};

/// Below this, dividing by the temperature could overflow; the likeliest token is taken, which is
/// what comes out anyway.
const COLDEST: f64 = 1e-3;
/// Candidates that are looked at first; most nuclei are smaller.
const FIRST_LOOK: usize = 64;

/// Chooses tokens; the same seed and scores give the same choice.
pub(super) struct Sampler {
    temperature: f64,
    top_p: f64,
    random: StdRng,
}

impl Sampler {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] that names the setting and its range.
    pub(super) fn new(options: &Options) -> Result<Self> {
        if !(0.0..=2.0).contains(&options.temperature) {
            return Err(Error::invalid(
                "temperature",
                format!("is {}; it must be between 0 and 2", options.temperature),
            ));
        }
        if !(options.top_p > 0.0 && options.top_p <= 1.0) {
            return Err(Error::invalid(
                "top_p",
                format!("is {}; it must be above 0 and at most 1", options.top_p),
            ));
        }
        Ok(Self {
            temperature: options.temperature,
            top_p: options.top_p,
            random: StdRng::seed_from_u64(options.seed),
        })
    }

    /// The next token; `scores` has a number for each.
    pub(super) fn choose(&mut self, scores: &[f32]) -> u32 {
        if self.temperature < COLDEST {
            return likeliest(scores);
        }
        let mut candidates = self.weigh(scores);
        let nucleus = self.nucleus(&mut candidates);
        let total: f64 = nucleus.iter().map(|candidate| candidate.weight).sum();
        let mut point = self.random.random::<f64>() * total;
        for candidate in nucleus {
            point -= candidate.weight;
            if point < 0.0 {
                return candidate.token;
            }
        }
        // Rounding can leave a rest behind the last candidate.
        nucleus
            .last()
            .map_or_else(|| likeliest(scores), |last| last.token)
    }

    /// Every token with its probability.
    fn weigh(&self, scores: &[f32]) -> Vec<Candidate> {
        let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut candidates: Vec<Candidate> = (0..)
            .zip(scores)
            .map(|(token, score)| Candidate {
                token,
                weight: (f64::from(score - largest) / self.temperature).exp(),
            })
            .collect();
        let total: f64 = candidates.iter().map(|candidate| candidate.weight).sum();
        for candidate in &mut candidates {
            candidate.weight /= total;
        }
        candidates
    }

    /// The likeliest candidates that together reach `top_p`, best first.
    fn nucleus<'c>(&self, candidates: &'c mut [Candidate]) -> &'c [Candidate] {
        if self.top_p >= 1.0 {
            return candidates;
        }
        let mut looked_at = FIRST_LOOK;
        loop {
            let count = looked_at.min(candidates.len());
            if count < candidates.len() {
                candidates.select_nth_unstable_by(count, Candidate::best_first);
            }
            candidates[..count].sort_unstable_by(Candidate::best_first);
            let mut sum = 0.0;
            let reached = candidates[..count].iter().position(|candidate| {
                sum += candidate.weight;
                sum >= self.top_p
            });
            match reached {
                Some(last) => return &candidates[..=last],
                None if count == candidates.len() => return candidates,
                None => looked_at *= 8,
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    token: u32,
    weight: f64,
}

impl Candidate {
    /// By weight; among equals the smaller number, so that the order is fixed.
    fn best_first(&self, other: &Self) -> Ordering {
        let by_weight = other.weight.total_cmp(&self.weight);
        by_weight.then(self.token.cmp(&other.token))
    }
}

/// The token with the highest score; the first of equals.
fn likeliest(scores: &[f32]) -> u32 {
    let mut best = (0, f32::NEG_INFINITY);
    for (token, score) in (0..).zip(scores) {
        if *score > best.1 {
            best = (token, *score);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampler(temperature: f64, top_p: f64, seed: u64) -> Sampler {
        Sampler::new(&Options {
            temperature,
            top_p,
            seed,
            ..Options::default()
        })
        .unwrap()
    }

    #[test]
    fn cold_is_the_likeliest_and_tokens_come_as_often_as_they_are_likely() {
        let scores = [0.0, 2.0, 1.0, f32::NEG_INFINITY];
        assert_eq!(sampler(0.0, 1.0, 1).choose(&scores), 1);
        let mut sampler = sampler(1.0, 1.0, 7);
        let mut counts = [0_u32; 4];
        for _ in 0..20_000 {
            counts[sampler.choose(&scores) as usize] += 1;
        }
        let total: f64 = scores.iter().map(|score| f64::from(*score).exp()).sum();
        for (count, score) in counts.iter().zip(scores) {
            let expected = f64::from(score).exp() / total * 20_000.0;
            assert!((f64::from(*count) - expected).abs() < 300.0, "{counts:?}");
        }
    }

    #[test]
    fn the_nucleus_holds_no_more_than_it_needs() {
        let mut scores = vec![0.0; 1_000];
        scores[500] = 9.0;
        scores[600] = 8.9;
        let mut narrow = sampler(1.0, 0.6, 3);
        for _ in 0..200 {
            assert!([500, 600].contains(&narrow.choose(&scores)));
        }
        // A nucleus far larger than the first look.
        let even = vec![1.0; 1_000];
        let mut wide = sampler(1.0, 0.5, 3);
        assert!((0..200).all(|_| wide.choose(&even) < 500));
    }

    #[test]
    fn scores_that_are_no_numbers_do_not_panic() {
        for hostile in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for top_p in [0.5, 1.0] {
                sampler(1.0, top_p, 1).choose(&[hostile; 3]);
                sampler(0.0, top_p, 1).choose(&[hostile; 3]);
            }
        }
    }
}
