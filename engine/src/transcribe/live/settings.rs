//! How a stream is transcribed.

use crate::vad::Sensitivity;

/// Settings of one stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// ISO 639-1 code (`en`); `None` detects it anew in each utterance.
    pub language: Option<String>,
    /// Words and spellings to expect.
    pub vocabulary: Option<String>,
    /// Seconds of new speech between two decodes; more costs less and shows words later.
    pub interval: f64,
    /// Seconds before the beginning of speech that are decoded with it.
    pub prefix: f64,
    /// How easily speech begins and ends.
    pub sensitivity: Sensitivity,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: None,
            vocabulary: None,
            interval: 0.4,
            prefix: 0.3,
            sensitivity: Sensitivity::default(),
        }
    }
}
