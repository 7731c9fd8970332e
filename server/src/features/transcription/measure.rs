//! Sums over all transcripts, for `/metrics`.

use locutor::transcribe::{Transcript, live::Metrics};
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

/// Counts a live stream that has ended.
pub fn stream(metrics: &Metrics) {
    counter!("locutor_live_seconds_total").increment(metrics.audio_seconds.round() as u64);
    counter!("locutor_live_words_total").increment(metrics.words);
    counter!("locutor_live_lost_seconds_total").increment(metrics.lost_seconds.ceil() as u64);
    if let Some(confidence) = metrics.confidence {
        histogram!("locutor_live_confidence").record(f64::from(confidence));
    }
    if let Some(delays) = metrics.first_word {
        histogram!("locutor_live_first_word_seconds").record(delays.median);
    }
    if let Some(delays) = metrics.committed {
        histogram!("locutor_live_committed_seconds").record(delays.median);
    }
}
