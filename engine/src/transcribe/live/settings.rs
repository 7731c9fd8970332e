//! How a stream is transcribed.

use crate::{transcribe::formatting::Formatting, vad::Sensitivity};

/// Settings of one stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// ISO 639-1 code (`en`); `None` detects it anew in each utterance.
    pub language: Option<String>,
    /// Words and spellings to expect.
    pub vocabulary: Option<String>,
    /// Words that are likelier than the model thinks; as many as in [`Options`](crate::transcribe::Options).
    pub hotwords: Vec<String>,
    /// How words are written. Numbers are joined as far as their words are told together.
    pub formatting: Formatting,
    /// Tell who speaks.
    pub speakers: bool,
    /// Take noise out before anything is heard.
    pub noise_suppression: bool,
    /// Seconds of new speech between two decodes; more costs less and shows words later.
    pub interval: f64,
    /// Seconds before the beginning of speech that are decoded with it.
    pub prefix: f64,
    /// How easily speech begins and ends.
    pub sensitivity: Sensitivity,
    /// When an utterance is over.
    pub ending: Ending,
}

/// When an utterance is over.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Ending {
    /// Once nobody speaks.
    #[default]
    Silence,
    /// Once nobody speaks and what was said is a finished sentence, or after so many seconds without speech: who pauses in
    /// the middle of a sentence to think goes on with it.
    Sentence {
        /// Seconds.
        patience: f64,
    },
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: None,
            vocabulary: None,
            hotwords: Vec::new(),
            formatting: Formatting::default(),
            speakers: false,
            noise_suppression: false,
            interval: 0.4,
            prefix: 0.3,
            sensitivity: Sensitivity::default(),
            ending: Ending::default(),
        }
    }
}
