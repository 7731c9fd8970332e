//! What is said in a stretch of audio: one token after another, until the decoder ends.

use std::sync::Arc;

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{
    WhisperTranscriber,
    decoder::Workspace,
    hotwords::Hotwords,
    rules::Rules,
    sequence::{Heard, Sequence},
};
use crate::{
    Cancellation, Result,
    kernel::{Variant, row},
};

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
        let before = manner.prompt.len();
        let room = self.decoder.most_tokens().saturating_sub(before);
        let most = manner.most_tokens.min(room);
        let mut sequence = self.decoder.sequence(heard, before + most);
        let mut workspace = Workspace::default();
        let mut chooser = Chooser::new(manner.temperature);
        let vocabulary = self.decoder.vocabulary();
        let mut said: Vec<u32> = Vec::new();
        let mut written = Vec::new();
        let mut no_speech = 0.0;
        for step in 0..most {
            cancellation.check()?;
            let (next, wanted) = match said.last() {
                Some(last) => (std::slice::from_ref(last), 1),
                None => (manner.prompt, manner.beginning),
            };
            let machine = self.machine();
            let scores = self
                .decoder
                .forward(machine, &mut sequence, next, wanted, &mut workspace);
            if step == 0 {
                let token = self.tokenizer.special().no_speech;
                no_speech = chooser
                    .weigh(self.variant, &scores[..vocabulary])
                    .of(scores[token as usize])
                    .exp();
            }
            let last = scores.len() - vocabulary;
            let scores = &mut scores[last..];
            let raised = manner.hotwords.raise(&said, scores);
            rules.apply(&said, scores);
            let mut token = chooser.choose(self.variant, scores);
            // What is told is what the model thinks, not what is wished.
            let raised = raised.iter().find(|(id, _)| *id == token.id);
            token.logprob -= raised.map_or(0.0, |(_, by)| *by);
            if token.id == self.tokenizer.special().end_of_text {
                break;
            }
            said.push(token.id);
            written.push(token);
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
}

/// Chooses tokens; the same scores give the same ones.
struct Chooser {
    temperature: f32,
    random: StdRng,
    /// Room for the scores and as many of nothing as fill the kernels' lanes.
    weights: Vec<f32>,
}

/// The largest of some scores, and the logarithm of the sum of all weights.
struct Weighed {
    largest: f32,
    logarithm: f32,
}

impl Weighed {
    /// The natural logarithm of a score's probability.
    fn of(&self, score: f32) -> f32 {
        score - self.largest - self.logarithm
    }
}

impl Chooser {
    fn new(temperature: f32) -> Self {
        Self {
            temperature,
            random: StdRng::seed_from_u64(0),
            weights: Vec::new(),
        }
    }

    fn weigh(&mut self, variant: Variant, scores: &[f32]) -> Weighed {
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

    fn choose(&mut self, variant: Variant, scores: &[f32]) -> Token {
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
