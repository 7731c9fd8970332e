//! Choosing the next token from its scores.
//!
//! scores -> `penalties` (and biases) -> those that the form allows -> the highest one, or when
//! there is a temperature the `candidates` with their weights -> one of them by chance. `ranking`
//! finds high scores fast, `ranges` checks the settings, `logprobs` tells how likely the model found a token.

mod candidates;
mod logprobs;
mod penalties;
mod ranges;
mod ranking;
#[cfg(test)]
mod tests;

use rand::{RngExt, SeedableRng, rngs::StdRng};

pub(super) use logprobs::Logprobs;

use super::{Options, constraint::Constraint};
use crate::Result;
use candidates::{Candidate, Narrowing};
use penalties::Penalties;

/// Below this, dividing by the temperature could overflow; the likeliest token is taken, which is
/// what comes out anyway.
const COLDEST: f64 = 1e-3;

/// Chooses tokens one after another; the same settings, seed and scores give the same choices.
pub(super) struct Sampler {
    penalties: Penalties,
    /// Where the reply has a form.
    constraint: Option<Constraint>,
    narrowing: Narrowing,
    logprobs: Option<usize>,
    random: StdRng,
}

/// A token that was chosen.
pub(super) struct Choice {
    pub(super) token: u32,
    /// Whether nothing may follow.
    pub(super) last: bool,
    /// Where the settings ask for it.
    pub(super) logprobs: Option<Logprobs>,
}

impl Sampler {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`crate::Error::InvalidInput`] that names the setting and its range.
    pub(super) fn new(options: &Options, constraint: Option<Constraint>) -> Result<Self> {
        ranges::check(options)?;
        Ok(Self {
            penalties: Penalties::new(options),
            constraint,
            narrowing: Narrowing {
                temperature: options.temperature,
                top_k: options.top_k,
                top_p: options.top_p,
                min_p: options.min_p,
            },
            logprobs: options.logprobs,
            random: StdRng::seed_from_u64(options.seed),
        })
    }

    /// Takes note of the prompt, whose tokens count as repeated ones.
    pub(super) fn read(&mut self, prompt: &[u32]) {
        self.penalties.read(prompt);
    }

    /// The next tokens where the form leaves no choice.
    pub(super) fn forced(&mut self) -> Vec<u32> {
        let constraint = self.constraint.as_mut();
        constraint.map(Constraint::forced).unwrap_or_default()
    }

    /// The next token of the reply; `scores` has a number for each and is written over.
    ///
    /// # Errors
    /// [`crate::Error::InvalidInput`] when the form cannot be kept.
    pub(super) fn choose(&mut self, scores: &mut [f32]) -> Result<Choice> {
        // What is reported are the model's own scores.
        let own = self.logprobs.map(|count| (count, scores.to_vec()));
        self.penalties.apply(scores);
        if let Some(constraint) = &mut self.constraint {
            constraint.narrow(scores)?;
        }
        let token = self.pick(scores);
        self.penalties.write(token);
        let last = match &mut self.constraint {
            Some(constraint) => constraint.take(token)?,
            None => false,
        };
        Ok(Choice {
            token,
            last,
            logprobs: own.map(|(count, scores)| Logprobs::of(&scores, token, count)),
        })
    }

    fn pick(&mut self, scores: &[f32]) -> u32 {
        let drawn = if self.narrowing.temperature < COLDEST {
            None
        } else {
            let candidates = self.narrowing.candidates(scores);
            self.draw(&candidates)
        };
        drawn.unwrap_or_else(|| ranking::likeliest(scores))
    }

    /// One of the candidates, each as often as it weighs.
    fn draw(&mut self, candidates: &[Candidate]) -> Option<u32> {
        let total: f64 = candidates.iter().map(|candidate| candidate.weight).sum();
        let mut point = self.random.random::<f64>() * total;
        for candidate in candidates {
            point -= candidate.weight;
            if point < 0.0 {
                return Some(candidate.token);
            }
        }
        // Rounding can leave a rest behind the last candidate.
        candidates.last().map(|last| last.token)
    }
}
