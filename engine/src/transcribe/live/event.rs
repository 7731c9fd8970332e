//! What a stream tells.

use serde::{Deserialize, Serialize};

use super::Delays;
use crate::transcribe::Word;

/// Something that happened in a stream. Times are seconds from its start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// Somebody began to speak.
    SpeechStarted {
        /// When.
        at: f64,
    },
    /// Somebody stopped speaking.
    SpeechStopped {
        /// When.
        at: f64,
    },
    /// The words after the committed ones as far as they are known now; they take the place of those that
    /// were told before.
    Tentative {
        /// The words; empty when there are none any more.
        words: Vec<Word>,
    },
    /// Words that never change again.
    Committed {
        /// The words, which follow those that were committed before.
        words: Vec<Word>,
    },
    /// All that was said until somebody stopped speaking has been committed.
    Ended {
        /// When it began.
        start: f64,
        /// When it ended.
        end: f64,
        /// The committed words as a text; empty when there were none.
        text: String,
        /// ISO 639-1 code of its language, where it is known.
        language: Option<String>,
        /// Who speaks, where that was asked for: `A`, `B` and so on, as far as can be told from what was heard so far.
        speaker: Option<String>,
    },
    /// Audio was lost because nobody decoded it for so long.
    Lost {
        /// How much.
        seconds: f64,
    },
}

/// Sums over a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Seconds that were heard.
    pub audio_seconds: f64,
    /// Seconds of them in which somebody spoke, in utterances that are over.
    pub speech_seconds: f64,
    /// Utterances that are over.
    pub utterances: u64,
    /// Words that were committed.
    pub words: u64,
    /// How often something was decoded.
    pub decodes: u64,
    /// Seconds that were lost.
    pub lost_seconds: f64,
    /// Mean probability of the committed words, in `[0, 1]`; `None` without any.
    pub confidence: Option<f32>,
    /// Seconds that were heard from the beginning of speech until the first of its words was told.
    pub first_word: Option<Delays>,
    /// Seconds that were heard from the end of each word until it was committed.
    pub committed: Option<Delays>,
}
