//! Scores of what may follow -> the token that does.

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::write::Token;
use crate::kernel::{Variant, row};

/// Chooses tokens; the same scores give the same ones.
pub(super) struct Chooser {
    temperature: f32,
    random: StdRng,
    /// Room for the scores and as many of nothing as fill the kernels' lanes.
    weights: Vec<f32>,
}

/// The largest of some scores, and the logarithm of the sum of all weights.
pub(super) struct Weighed {
    largest: f32,
    logarithm: f32,
}

impl Weighed {
    /// The natural logarithm of a score's probability.
    pub(super) fn of(&self, score: f32) -> f32 {
        score - self.largest - self.logarithm
    }
}

impl Chooser {
    pub(super) fn new(temperature: f32) -> Self {
        Self {
            temperature,
            random: StdRng::seed_from_u64(0),
            weights: Vec::new(),
        }
    }

    pub(super) fn weigh(&mut self, variant: Variant, scores: &[f32]) -> Weighed {
        const LANES: usize = 16;
        self.weights.clear();
        self.weights.extend_from_slice(scores);
        self.weights
            .resize(scores.len().next_multiple_of(LANES), f32::MIN);
        let (largest, sum) = row::weigh(variant, &mut self.weights, f32::MIN);
        Weighed {
            largest,
            logarithm: sum.ln(),
        }
    }

    pub(super) fn choose(&mut self, variant: Variant, scores: &[f32]) -> Token {
        let weighed = self.weigh(variant, scores);
        let chosen = if self.temperature > 0.0 {
            self.sample(scores, weighed.largest)
        } else {
            scores.iter().position(|score| *score >= weighed.largest)
        };
        let id = chosen.unwrap_or_default();
        Token {
            id: id as u32,
            logprob: weighed.of(scores[id]),
        }
    }

    /// A token by chance, likelier ones more often: the less so, the higher the temperature.
    fn sample(&mut self, scores: &[f32], largest: f32) -> Option<usize> {
        let weight = |score: &f32| ((score - largest) / self.temperature).exp();
        let sum: f32 = scores.iter().map(weight).sum();
        let mut left = self.random.random::<f32>() * sum;
        let fallback = scores.iter().position(|score| *score >= largest);
        let found = scores.iter().position(|score| {
            left -= weight(score);
            left < 0.0 && *score > f32::NEG_INFINITY
        });
        found.or(fallback)
    }
}
