//! What is said in a stretch of audio: one token after another, until the decoder ends.

use std::sync::Arc;

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{
    WhisperTranscriber,
    decoder::{Span, Workspace},
    hotwords::Hotwords,
    rules::Rules,
    sequence::{Heard, Sequence},
};
use crate::{Cancellation, Result, kernel::row};

/// Most tokens that one stretch is written with: half of what the decoder has room for.
pub(super) const MOST_TOKENS: usize = 224;

/// How to write.
pub(super) struct Manner<'a> {
    /// What comes before the text: words to expect, the language, the task.
    pub(super) prompt: &'a [u32],
    /// How many of the prompt's last tokens begin the transcript.
    pub(super) beginning: usize,
    /// 0 takes the likeliest token each time.
    pub(super) temperature: f32,
    pub(super) most_tokens: usize,
    /// Length of the audio in steps of 20 ms.
    pub(super) length: u32,
    pub(super) hotwords: &'a Hotwords,
}

/// A token of the text, or a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token {
    pub(super) id: u32,
    /// Natural logarithm of its probability among what might have followed.
    pub(super) logprob: f32,
}

/// What was written.
pub(super) struct Written {
    pub(super) tokens: Vec<Token>,
    /// Probability in `[0, 1]` that nobody speaks.
    pub(super) no_speech: f32,
    pub(super) temperature: f32,
    /// Tokens that came before, the last of which begin the transcript.
    pub(super) prompt: usize,
    pub(super) beginning: usize,
    pub(super) sequence: Sequence,
}

impl WhisperTranscriber {
    /// Writes down what was heard.
    pub(super) fn write(
        &self,
        heard: &Arc<Heard>,
        manner: &Manner<'_>,
        cancellation: &Cancellation,
    ) -> Result<Written> {
        let rules = Rules {
            tokenizer: &self.tokenizer,
            length: manner.length,
        };
        let mut sequence = self.decoder.sequence(heard);
        let mut workspace = Workspace::default();
        let mut chooser = Chooser::new(manner.temperature);
        let vocabulary = self.decoder.vocabulary();
        let room = self
            .decoder
            .most_tokens()
            .saturating_sub(manner.prompt.len());
        let mut said: Vec<u32> = Vec::new();
        let mut written = Vec::new();
        let mut no_speech = 0.0;
        let mut next = manner.prompt.to_vec();
        for step in 0..manner.most_tokens.min(room) {
            cancellation.check()?;
            let mut span = Span {
                sequence: &mut sequence,
                tokens: &next,
                scored: if step == 0 { manner.beginning } else { 1 },
            };
            let spans = std::slice::from_mut(&mut span);
            let scores = self.decoder.forward(self.machine(), spans, &mut workspace);
            if step == 0 {
                no_speech = self.probability(scores, self.tokenizer.special().no_speech);
            }
            let last = scores.len() - vocabulary;
            let scores = &mut scores[last..];
            manner.hotwords.raise(&said, scores);
            rules.apply(&said, scores);
            let token = chooser.choose(self, scores);
            if token.id == self.tokenizer.special().end_of_text {
                break;
            }
            said.push(token.id);
            written.push(token);
            next = vec![token.id];
        }
        Ok(Written {
            tokens: written,
            no_speech,
            temperature: manner.temperature,
            prompt: manner.prompt.len(),
            beginning: manner.beginning,
            sequence,
        })
    }

    /// The probability of a token by the scores of all, which come first.
    fn probability(&self, scores: &[f32], token: u32) -> f32 {
        let scores = &scores[..self.decoder.vocabulary()];
        let mut weights = padded(scores);
        let (largest, sum) = row::weigh(self.variant, &mut weights, f32::MIN);
        scores
            .get(token as usize)
            .map_or(0.0, |score| (score - largest).exp() / sum)
    }
}

/// Scores and as many of nothing as fill the kernels' lanes.
fn padded(scores: &[f32]) -> Vec<f32> {
    const LANES: usize = 16;
    let mut weights = Vec::with_capacity(scores.len() + LANES);
    weights.extend_from_slice(scores);
    weights.resize(scores.len().next_multiple_of(LANES), f32::MIN);
    weights
}

/// Chooses tokens; the same scores give the same ones.
struct Chooser {
    temperature: f32,
    random: StdRng,
}

impl Chooser {
    fn new(temperature: f32) -> Self {
        Self {
            temperature,
            random: StdRng::seed_from_u64(0),
        }
    }

    fn choose(&mut self, transcriber: &WhisperTranscriber, scores: &[f32]) -> Token {
        let mut weights = padded(scores);
        let (largest, sum) = row::weigh(transcriber.variant, &mut weights, f32::MIN);
        let chosen = if self.temperature > 0.0 {
            self.sample(scores, largest)
        } else {
            scores.iter().position(|score| *score >= largest)
        };
        let id = chosen.unwrap_or_default();
        Token {
            id: id as u32,
            logprob: scores[id] - largest - sum.ln(),
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
