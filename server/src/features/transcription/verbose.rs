//! Replies as JSON.

use locutor::transcribe::{Segment, Task, Transcript, Word, language_name};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    diarized::DiarizedReply,
    quality::QualityReply,
    token::{AudioUsage, TokenReply},
};

/// A reply as JSON.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum JsonReply {
    /// With `response_format` `json`.
    Brief(TranscriptionReply),
    /// With `response_format` `verbose_json`.
    Verbose(VerboseReply),
    /// With `response_format` `diarized_json`.
    Diarized(DiarizedReply),
}

/// The text alone.
#[derive(Debug, Serialize, ToSchema)]
// No field more, or a reply of the other kind would be one of this kind too.
#[serde(deny_unknown_fields)]
pub struct TranscriptionReply {
    /// What was said.
    pub text: String,
    /// Present when they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<Vec<TokenReply>>,
    /// What the request cost.
    pub usage: AudioUsage,
}

/// Everything that is known.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerboseReply {
    /// `transcribe` or `translate`.
    task: &'static str,
    /// English name in lower case (`english`) of the language heard, or the one given.
    language: String,
    /// Length of the audio in seconds.
    duration: f64,
    /// What was said.
    text: String,
    /// Present when segment times were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<Vec<SegmentReply>>,
    /// Present when word times were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<Vec<WordReply>>,
    /// How well it could be heard (an extension of OpenAI's interface).
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<QualityReply>,
}

/// A stretch of speech.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentReply {
    /// Position, from 0.
    id: usize,
    /// Hundredths of a second from the start.
    seek: u64,
    /// Seconds from the start.
    start: f64,
    /// Seconds from the start.
    end: f64,
    /// What was said.
    text: String,
    /// Vocabulary indices.
    tokens: Vec<u32>,
    /// Temperature it was decoded with.
    temperature: f32,
    /// Mean natural-log probability of the tokens.
    avg_logprob: f32,
    /// Above 2.4 means repetition.
    compression_ratio: f32,
    /// Probability that nobody speaks.
    no_speech_prob: f32,
    /// ISO 639-1 code of its language, where that was detected (an extension of OpenAI's interface).
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
}

/// One word.
#[derive(Debug, Serialize, ToSchema)]
pub struct WordReply {
    /// The word with its punctuation.
    word: String,
    /// Seconds from the start.
    start: f64,
    /// Seconds from the start.
    end: f64,
    /// 0 to 1 (an extension of OpenAI's interface).
    probability: f32,
}

impl VerboseReply {
    /// The transcript with the times that were asked for.
    pub fn new(transcript: Transcript, task: Task, segments: bool, words: bool) -> Self {
        let all_words = transcript
            .segments
            .iter()
            .flat_map(|segment| segment.words.iter().map(WordReply::from));
        let words = words.then(|| all_words.collect());
        let segments = segments.then(|| {
            transcript
                .segments
                .into_iter()
                .map(SegmentReply::from)
                .collect()
        });
        Self {
            task: match task {
                Task::Transcribe => "transcribe",
                Task::Translate => "translate",
            },
            language: language_name(&transcript.language)
                .map_or(transcript.language, ToOwned::to_owned),
            duration: transcript.duration,
            text: transcript.text,
            segments,
            words,
            quality: transcript.quality.map(QualityReply::from),
        }
    }
}

impl From<Segment> for SegmentReply {
    fn from(segment: Segment) -> Self {
        Self {
            id: segment.id,
            seek: (segment.start.max(0.0) * 100.0) as u64,
            start: segment.start,
            end: segment.end,
            text: segment.text,
            tokens: segment.tokens,
            temperature: segment.temperature,
            avg_logprob: segment.avg_logprob,
            compression_ratio: segment.compression_ratio,
            no_speech_prob: segment.no_speech_prob,
            language: segment.language,
        }
    }
}

impl From<&Word> for WordReply {
    fn from(word: &Word) -> Self {
        Self {
            word: word.word.clone(),
            start: word.start,
            end: word.end,
            probability: word.probability,
        }
    }
}
