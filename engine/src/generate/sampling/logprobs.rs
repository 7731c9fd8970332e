//! How likely the model found a token.

use super::ranking::{self, Scored};

/// Stands for everything less likely, as in OpenAI's interface: JSON has no infinity.
const LEAST: f32 = -9999.0;

/// Logarithms of probabilities: a softmax over the model's own scores.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::generate) struct Logprobs {
    /// Of the token that was chosen.
    pub(in crate::generate) chosen: f32,
    /// The likeliest tokens of all, likeliest first.
    pub(in crate::generate) alternatives: Vec<(u32, f32)>,
}

impl Logprobs {
    /// Of a token and of the `count` likeliest.
    pub(super) fn of(scores: &[f32], token: u32, count: usize) -> Self {
        let total = logarithm_of_sum(scores);
        let logprob = |score: f32| {
            let logprob = (f64::from(score) - total) as f32;
            if logprob.is_nan() {
                return LEAST;
            }
            logprob.clamp(LEAST, 0.0)
        };
        let chosen = scores.get(token as usize).copied();
        Self {
            chosen: chosen.map_or(LEAST, logprob),
            alternatives: ranking::top(scores, count, f32::NEG_INFINITY)
                .into_iter()
                .map(|Scored { token, score }| (token, logprob(score)))
                .collect(),
        }
    }
}

/// Logarithm of the sum of all exponentials; what is no number counts as nothing.
fn logarithm_of_sum(scores: &[f32]) -> f64 {
    let best = f64::from(ranking::highest(scores));
    if !best.is_finite() {
        return best;
    }
    let relative = scores.iter().map(|score| f64::from(*score) - best);
    let sum: f64 = relative
        .filter(|distance| !distance.is_nan())
        .map(f64::exp)
        .sum();
    best + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_a_softmax() {
        let scores = [1.0_f32, 3.0, 2.0, f32::NEG_INFINITY, f32::NAN];
        let logprobs = Logprobs::of(&scores, 2, 2);
        let total: f64 = [1.0_f64, 3.0, 2.0].iter().map(|score| score.exp()).sum();
        let expected = |score: f64| (score - total.ln()) as f32;
        assert!((logprobs.chosen - expected(2.0)).abs() < 1e-6);
        let [(first, best), (second, next)] = logprobs.alternatives[..] else {
            panic!("{logprobs:?}");
        };
        assert_eq!((first, second), (1, 2));
        assert!((best - expected(3.0)).abs() < 1e-6 && (next - expected(2.0)).abs() < 1e-6);
        for token in [3, 4, 5] {
            assert!((Logprobs::of(&scores, token, 0).chosen - LEAST).abs() < 1e-6);
        }
    }

    #[test]
    fn what_is_infinite_gives_numbers() {
        for scores in [[f32::INFINITY; 2], [f32::NEG_INFINITY; 2], [f32::NAN; 2]] {
            let logprobs = Logprobs::of(&scores, 0, 2);
            let all = logprobs.alternatives.iter().map(|(_, logprob)| *logprob);
            let mut all = all.chain([logprobs.chosen]);
            assert!(all.all(|logprob| (LEAST..=0.0).contains(&logprob)));
        }
    }
}
