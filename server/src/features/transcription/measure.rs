//! Sums over all transcripts of recordings, for `/metrics`.

use locutor::transcribe::Transcript;
use metrics::{counter, histogram};

/// Counts a recording.
pub fn recording(transcript: &Transcript) {
    counter!("locutor_transcribed_seconds_total").increment(transcript.duration.round() as u64);
    counter!("locutor_transcription_fallbacks_total").increment(transcript.fallbacks.into());
    let Some(quality) = &transcript.quality else {
        return;
    };
    histogram!("locutor_transcription_real_time_factor").record(quality.real_time_factor);
    histogram!("locutor_transcription_speech_share").record(quality.speech_share);
    if let Some(confidence) = quality.confidence {
        histogram!("locutor_transcription_confidence").record(f64::from(confidence));
    }
}
