//! The tokens that may be drawn, with their weights.
//!
//! scores / temperature -> `top_k` -> `top_p` -> `min_p`. A weight is a probability relative to
//! that of the best token, so that it can be had from two scores alone: exponentials are taken
//! only of tokens that can still matter.
//!
//! Tokens that together weigh less than the rounding of a double are left out at once. For
//! `top_p` the sum of all weights is needed; it is known closely enough from the nearest tokens
//! and a bound of what the others can weigh, and where the bound leaves the nucleus open, the
//! others are weighed as well. So nothing here is an approximation.

use std::cmp::Ordering;

use super::ranking::{self, Scored};

/// How far below the best, in units of the temperature, tokens are weighed for `top_p` before all
/// are. What is left out weighs at most about a ten-millionth of the best for each token with the
/// first, and nearly nothing with the second; sharp distributions need no more than the first.
const NEAR: [f64; 2] = [16.0, 24.0];
/// Candidates that are sorted first; most nuclei are smaller.
const FIRST_LOOK: usize = 64;
/// Widens a limit on scores by more than rounding can; the weights decide in the end.
const MARGIN: f64 = 1e-6;

/// Which tokens may be drawn; the ranges are those of [`super::Options`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Narrowing {
    /// Not 0.
    pub(super) temperature: f64,
    pub(super) top_k: Option<usize>,
    pub(super) top_p: f64,
    pub(super) min_p: f64,
}

/// A token that may be drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub(super) token: u32,
    /// Relative to the best token's: in `[0, 1]`.
    pub(super) weight: f64,
}

impl Candidate {
    /// By weight; among equals the smaller number, so that the order is fixed.
    fn best_first(&self, other: &Self) -> Ordering {
        let by_weight = other.weight.total_cmp(&self.weight);
        by_weight.then(self.token.cmp(&other.token))
    }
}

impl Narrowing {
    /// The tokens that may be drawn; none when the highest score is not finite.
    pub(super) fn candidates(&self, scores: &[f32]) -> Vec<Candidate> {
        let best = ranking::highest(scores);
        if !best.is_finite() {
            return Vec::new();
        }
        let all = All {
            scores,
            best,
            temperature: self.temperature,
        };
        let top_k = self.top_k.filter(|count| *count < scores.len());
        let mut candidates = match top_k {
            Some(count) => self.nucleus_of(all.top(count, self.reach(&all))),
            None if self.top_p < 1.0 => self.nucleus_of_all(&all),
            None => all.within(self.reach(&all)),
        };
        if self.min_p > 0.0 {
            candidates.retain(|candidate| candidate.weight >= self.min_p);
        }
        candidates
    }

    /// How far below the best a token can matter. Where `top_p` comes first, it must see those
    /// that `min_p` leaves out.
    fn reach(&self, all: &All<'_>) -> f64 {
        if self.top_p < 1.0 || self.min_p <= 0.0 {
            return all.reach();
        }
        all.reach().min(MARGIN - self.min_p.ln())
    }

    /// The fewest of the candidates that together reach `top_p`.
    fn nucleus_of(&self, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        if self.top_p < 1.0 {
            let total = sum(&candidates);
            if let Some(length) = nucleus(&mut candidates, self.top_p * total, 0.0) {
                candidates.truncate(length);
            }
        }
        candidates
    }

    /// The same of all tokens.
    fn nucleus_of_all(&self, all: &All<'_>) -> Vec<Candidate> {
        for reach in NEAR {
            let mut near = all.within(reach);
            let others = all.scores.len() - near.len();
            let kept = sum(&near);
            let unknown = others as f64 * (-reach).exp();
            let found = nucleus(&mut near, self.top_p * kept, self.top_p * unknown);
            if let Some(length) = found {
                near.truncate(length);
                return near;
            }
        }
        self.nucleus_of(all.within(all.reach()))
    }
}

/// All scores, the highest of which is finite.
struct All<'a> {
    scores: &'a [f32],
    best: f32,
    temperature: f64,
}

impl All<'_> {
    /// So far below the best, in units of the temperature, all tokens together weigh less than
    /// the last of the 53 bits of the best one's weight.
    fn reach(&self) -> f64 {
        (53.0 + (self.scores.len() as f64).log2()) * std::f64::consts::LN_2
    }

    /// The lowest score within a reach, or a little less.
    fn floor(&self, reach: f64) -> f32 {
        ((f64::from(self.best) - reach * self.temperature) as f32).next_down()
    }

    /// The tokens within a reach, by their numbers.
    fn within(&self, reach: f64) -> Vec<Candidate> {
        let found = ranking::at_least(self.scores, self.floor(reach));
        self.weigh(found)
    }

    /// The best tokens within a reach, best first.
    fn top(&self, count: usize, reach: f64) -> Vec<Candidate> {
        let found = ranking::top(self.scores, count, self.floor(reach));
        self.weigh(found)
    }

    fn weigh(&self, found: Vec<Scored>) -> Vec<Candidate> {
        let weight = |score: f32| {
            let distance = f64::from(score) - f64::from(self.best);
            (distance / self.temperature).exp()
        };
        found
            .into_iter()
            .map(|Scored { token, score }| Candidate {
                token,
                weight: weight(score),
            })
            .collect()
    }
}

fn sum(candidates: &[Candidate]) -> f64 {
    candidates.iter().map(|candidate| candidate.weight).sum()
}

/// Sorts as many candidates as needed, best first, and gives the number of those that together
/// reach a weight, which is between `least` and `least + unknown`. `None` when that is not
/// certain, or when rounding keeps all of them below it.
fn nucleus(candidates: &mut [Candidate], least: f64, unknown: f64) -> Option<usize> {
    let (mut looked_at, mut sorted, mut sum) = (FIRST_LOOK, 0, 0.0);
    while sorted < candidates.len() {
        let count = looked_at.min(candidates.len());
        let rest = &mut candidates[sorted..];
        let next = count - sorted;
        if next < rest.len() {
            rest.select_nth_unstable_by(next, Candidate::best_first);
        }
        rest[..next].sort_unstable_by(Candidate::best_first);
        for (place, candidate) in rest[..next].iter().enumerate() {
            sum += candidate.weight;
            if sum >= least {
                return (sum >= least + unknown).then_some(sorted + place + 1);
            }
        }
        sorted = count;
        looked_at *= 8;
    }
    None
}
