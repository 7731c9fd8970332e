//! The result of a transcription.

use serde::{Deserialize, Serialize};

use super::Quality;
use crate::text::is_unspaced;

/// A whole transcript.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// ISO 639-1 code of the language heard, of most of it where there are several, or the one given.
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
    /// How often it was decoded again because a decode was poor.
    pub fallbacks: u32,
    /// How well it could be heard; `None` from a [`super::Transcriber`], which is given pieces only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
}

/// A stretch of speech, usually a sentence or a phrase.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Position in the transcript, from 0.
    pub id: usize,
    /// Seconds from the start of the audio.
    pub start: f64,
    /// Seconds from the start of the audio, at least `start`.
    pub end: f64,
    /// What was said, with the leading space Whisper gives removed.
    pub text: String,
    /// Vocabulary indices, special tokens excluded; empty where a segment was formatted, or cut between speakers.
    pub tokens: Vec<u32>,
    /// Temperature that it was decoded with; through whisper.cpp, which does not tell which retry it kept, the one it began
    /// with.
    pub temperature: f32,
    /// Mean natural-log probability of the tokens.
    pub avg_logprob: f32,
    /// Length of the UTF-8 text over its zlib-compressed length; above 2.4 means repetition.
    pub compression_ratio: f32,
    /// Probability in `[0, 1]` that nobody speaks.
    pub no_speech_prob: f32,
    /// Empty unless words were requested.
    pub words: Vec<Word>,
    /// Empty unless they were requested; not of a segment that was formatted, or cut between speakers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logprobs: Vec<Token>,
    /// ISO 639-1 code of the language that it was heard in; `None` where the whole transcript tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Who speaks, where that was asked for: `A`, `B` and so on, or a name that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
}

/// A piece of the text, as the model wrote it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// Its bytes as text; what is no whole character alone is replaced.
    pub token: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Natural logarithm of its probability.
    pub logprob: f32,
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
        ..Transcript::default()
    }
}

/// Moves a segment to its place in a longer recording, by so many seconds; times are whole milliseconds.
pub(super) fn shift(segment: &mut Segment, offset: f64) {
    let moved = |seconds: f64| ((seconds + offset) * 1000.0).round() / 1000.0;
    (segment.start, segment.end) = (moved(segment.start), moved(segment.end));
    for word in &mut segment.words {
        (word.start, word.end) = (moved(word.start), moved(word.end));
    }
}

/// Lets nothing of a segment begin or end before a time.
pub(super) fn begin_after(segment: &mut Segment, earliest: f64) {
    segment.start = segment.start.max(earliest);
    segment.end = segment.end.max(earliest);
    for word in &mut segment.words {
        word.start = word.start.max(earliest);
        word.end = word.end.max(earliest);
    }
}

/// The text of all segments.
pub(super) fn text(segments: &[Segment]) -> String {
    let mut text = String::new();
    for segment in segments {
        append(&mut text, &segment.text);
    }
    text.trim().to_owned()
}

/// Adds what follows to a text, after a space where their scripts have them.
pub fn append(text: &mut String, next: &str) {
    let last = text.chars().last();
    let spaced = last.is_some_and(|last| !is_unspaced(last));
    if spaced && !next.starts_with(is_unspaced) {
        text.push(' ');
    }
    text.push_str(next);
}
