//! Scores that depend on what was written, and biases.
//!
//! Repetition: Keskar et al. 2019, over a window, as the model's own prompt would otherwise weigh
//! on everything it may say. Presence and frequency: as OpenAI defines them, over the reply.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Options;

/// Tokens of prompt and reply that count as repeated.
const WINDOW: usize = 256;

/// Changes scores by what was written so far.
pub(super) struct Penalties {
    repetition: f32,
    presence: f32,
    frequency: f32,
    bias: Vec<(u32, f32)>,
    /// The last tokens of prompt and reply, at most [`WINDOW`].
    recent: VecDeque<u32>,
    /// How often each token stands in the reply.
    written: BTreeMap<u32, u32>,
}

impl Penalties {
    /// The settings must have been checked.
    pub(super) fn new(options: &Options) -> Self {
        Self {
            repetition: options.repetition_penalty as f32,
            presence: options.presence_penalty as f32,
            frequency: options.frequency_penalty as f32,
            bias: options.logit_bias.clone().into_iter().collect(),
            recent: VecDeque::with_capacity(WINDOW),
            written: BTreeMap::new(),
        }
    }

    /// Takes note of the prompt.
    pub(super) fn read(&mut self, prompt: &[u32]) {
        let start = prompt.len().saturating_sub(WINDOW);
        for token in &prompt[start..] {
            self.remember(*token);
        }
    }

    /// Takes note of a token of the reply.
    pub(super) fn write(&mut self, token: u32) {
        self.remember(token);
        *self.written.entry(token).or_default() += 1;
    }

    fn remember(&mut self, token: u32) {
        if self.recent.len() == WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back(token);
    }

    /// Changes the scores; tokens that have none are passed over.
    #[expect(clippy::float_cmp, reason = "the very values that mean off")]
    pub(super) fn apply(&self, scores: &mut [f32]) {
        if self.repetition != 1.0 {
            // A token counts once, however often it was seen.
            for token in self.recent.iter().collect::<BTreeSet<_>>() {
                change(scores, *token, |score| self.repeated(score));
            }
        }
        if self.presence != 0.0 || self.frequency != 0.0 {
            for (token, count) in &self.written {
                let penalty = self.presence + self.frequency * *count as f32;
                change(scores, *token, |score| score - penalty);
            }
        }
        for (token, bias) in &self.bias {
            change(scores, *token, |score| score + bias);
        }
    }

    fn repeated(&self, score: f32) -> f32 {
        if score > 0.0 {
            score / self.repetition
        } else {
            score * self.repetition
        }
    }
}

fn change(scores: &mut [f32], token: u32, new: impl FnOnce(f32) -> f32) {
    if let Some(score) = scores.get_mut(token as usize) {
        *score = new(*score);
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "all of these numbers are exact in binary")]
mod tests {
    use super::*;

    #[test]
    fn repetition_counts_a_token_once_and_forgets_what_is_long_ago() {
        let mut penalties = Penalties::new(&Options {
            repetition_penalty: 2.0,
            ..Options::default()
        });
        penalties.read(&[0, 1, 1]);
        penalties.write(2);
        let mut scores = [4.0, -4.0, 2.0, 3.0];
        penalties.apply(&mut scores);
        assert_eq!(scores, [2.0, -8.0, 1.0, 3.0]);
        penalties.read(&[3; WINDOW - 1]);
        let mut scores = [4.0, -4.0, 2.0, 3.0];
        penalties.apply(&mut scores);
        assert_eq!(scores, [4.0, -4.0, 1.0, 1.5]);
    }

    #[test]
    fn presence_and_frequency_look_at_the_reply_alone() {
        let mut penalties = Penalties::new(&Options {
            presence_penalty: 1.0,
            frequency_penalty: 0.25,
            ..Options::default()
        });
        penalties.read(&[0, 0]);
        for token in [1, 2, 2, 9] {
            penalties.write(token);
        }
        let mut scores = [1.0; 3];
        penalties.apply(&mut scores);
        assert_eq!(scores, [1.0, -0.25, -0.5]);
    }

    #[test]
    fn biases_are_added_to_tokens_that_exist() {
        let penalties = Penalties::new(&Options {
            logit_bias: [(1, -100.0), (2, 0.5), (7, 100.0)].into(),
            ..Options::default()
        });
        let mut scores = [1.0; 3];
        penalties.apply(&mut scores);
        assert_eq!(scores, [1.0, -99.0, 1.5]);
    }
}
