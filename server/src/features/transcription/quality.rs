//! How well a recording could be heard.

use locutor::transcribe::Quality;
use serde::Serialize;
use utoipa::ToSchema;

/// Figures of a transcript.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "confidence": 0.91, "words": 22, "words_per_minute": 151.0, "speech_seconds": 8.7, "speech_share": 0.79,
    "signal_to_noise": 31.5, "clipped_share": 0.0, "word_error_band": [0.02, 0.14], "fallbacks": 0,
    "real_time_factor": 0.02
}))]
pub struct QualityReply {
    /// Mean probability of the words, in `[0, 1]`; null where nothing was said.
    confidence: Option<f32>,
    /// Words, or characters in scripts without spaces.
    words: usize,
    /// Words in a minute of speech.
    words_per_minute: Option<f64>,
    /// Seconds in which somebody speaks.
    speech_seconds: f64,
    /// Share of the recording in which somebody speaks, in `[0, 1]`.
    speech_share: f64,
    /// How much louder speech is than what is heard between, in decibels.
    signal_to_noise: Option<f64>,
    /// Share of the samples at full scale, in `[0, 1]`.
    clipped_share: f64,
    /// Between which shares of the words are likely to be wrong, in `[0, 1]`.
    word_error_band: Option<[f64; 2]>,
    /// How often something was decoded again because a decode was poor.
    fallbacks: u32,
    /// Seconds that it took over seconds of the recording.
    real_time_factor: f64,
}

impl From<Quality> for QualityReply {
    fn from(quality: Quality) -> Self {
        Self {
            confidence: quality.confidence,
            words: quality.words,
            words_per_minute: quality.words_per_minute,
            speech_seconds: quality.speech_seconds,
            speech_share: quality.speech_share,
            signal_to_noise: quality.signal_to_noise,
            clipped_share: quality.clipped_share,
            word_error_band: quality.word_error_band,
            fallbacks: quality.fallbacks,
            real_time_factor: quality.real_time_factor,
        }
    }
}
