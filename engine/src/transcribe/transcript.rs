//! The result of a transcription.

use serde::{Deserialize, Serialize};

/// A whole transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// ISO 639-1 code of the language heard, or the one given.
    pub language: String,
    /// Probability of that language in `[0, 1]`; 1 when it was given.
    pub language_probability: f32,
    /// Seconds that it took to tell the language; 0 when it was given.
    pub detection_seconds: f64,
    /// Length of the audio in seconds.
    pub duration: f64,
    /// All segments' text, trimmed.
    pub text: String,
    /// In order of time; empty for silence.
    pub segments: Vec<Segment>,
}

/// A stretch of speech, usually a sentence or a phrase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Position in the transcript, from 0.
    pub id: usize,
    /// Seconds from the start of the audio.
    pub start: f64,
    /// Seconds from the start of the audio, at least `start`.
    pub end: f64,
    /// What was said, with the leading space Whisper gives removed.
    pub text: String,
    /// Vocabulary indices, special tokens excluded.
    pub tokens: Vec<u32>,
    /// Temperature that decoding began with; whisper.cpp does not tell which retry it kept.
    pub temperature: f32,
    /// Mean natural-log probability of the tokens.
    pub avg_logprob: f32,
    /// Length of the UTF-8 text over its zlib-compressed length; above 2.4 means repetition.
    pub compression_ratio: f32,
    /// Probability in `[0, 1]` that nobody speaks.
    pub no_speech_prob: f32,
    /// Empty unless words were requested.
    pub words: Vec<Word>,
}

/// One word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word with its punctuation, without surrounding spaces.
    pub word: String,
    /// Seconds from the start of the audio.
    pub start: f64,
    /// Seconds from the start of the audio, at least `start`.
    pub end: f64,
    /// Mean probability of its tokens in `[0, 1]`.
    pub probability: f32,
}

/// Of audio in which nobody speaks.
pub(super) fn empty(language: Option<&str>, duration: f64) -> Transcript {
    Transcript {
        language: language.unwrap_or("en").to_owned(),
        language_probability: if language.is_some() { 1.0 } else { 0.0 },
        detection_seconds: 0.0,
        duration,
        text: String::new(),
        segments: Vec::new(),
    }
}

/// Moves a segment to its place in a longer recording, by so many seconds.
pub(super) fn shift(segment: &mut Segment, offset: f64) {
    segment.start += offset;
    segment.end += offset;
    for word in &mut segment.words {
        word.start += offset;
        word.end += offset;
    }
}

/// The text of all segments.
pub(super) fn text(segments: &[Segment]) -> String {
    let texts = segments.iter().map(|segment| segment.text.as_str());
    texts.collect::<Vec<_>>().join(" ").trim().to_owned()
}
