//! Sums over a stream.

use super::{delays::Histogram, event::Metrics};
use crate::transcribe::Word;

/// What is counted while a stream goes on.
#[derive(Debug, Default)]
pub(super) struct Tally {
    sums: Metrics,
    /// Sum of the committed words' probabilities.
    probability: f32,
    first_word: Histogram,
    committed: Histogram,
}

impl Tally {
    pub(super) fn decoded(&mut self) {
        self.sums.decodes += 1;
    }

    pub(super) fn lost(&mut self, seconds: f64) {
        self.sums.lost_seconds += seconds;
    }

    /// An utterance of so many seconds is over.
    pub(super) fn ended(&mut self, seconds: f64) {
        self.sums.utterances += 1;
        self.sums.speech_seconds += seconds;
    }

    /// The first word of an utterance was told so many seconds after its beginning.
    pub(super) fn first_word(&mut self, seconds: f64) {
        self.first_word.add(seconds);
    }

    /// Words were committed when so many seconds had been heard.
    pub(super) fn committed(&mut self, words: &[Word], now: f64) {
        for word in words {
            self.committed.add(now - word.end);
            self.probability += word.probability;
        }
        self.sums.words += words.len() as u64;
    }

    /// The sums when so many seconds have been heard.
    pub(super) fn metrics(&self, audio_seconds: f64) -> Metrics {
        let words = self.sums.words;
        Metrics {
            audio_seconds,
            confidence: (words > 0).then(|| self.probability / words as f32),
            first_word: self.first_word.delays(),
            committed: self.committed.delays(),
            ..self.sums
        }
    }
}
