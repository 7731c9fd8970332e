//! How much audio to decode at once, and how much context to encode for it.

use std::ops::Range;

use crate::{audio::SPEECH_RATE, transcribe::level};

/// Whisper's own window.
const SECONDS: usize = 30;
/// Samples of one window, the longest stretch that is decoded at once.
pub(in crate::transcribe) const SAMPLES: usize = SECONDS * SPEECH_RATE as usize;
/// Encoder positions per second of audio.
const POSITIONS_PER_SECOND: usize = 50;
/// Positions beyond the audio: a decoder that sees speech end abruptly repeats itself.
const MARGIN: usize = 64;
/// Encoder positions of a window.
pub(in crate::transcribe) const POSITIONS: usize = SECONDS * POSITIONS_PER_SECOND;
/// Where in a stretch to look for a pause to cut at.
const SEARCH: usize = 8 * SPEECH_RATE as usize;

/// Encoder context for so many samples; `None` is Whisper's full context.
pub(in crate::transcribe) fn encoder_context(samples: usize) -> Option<usize> {
    let positions = (samples * POSITIONS_PER_SECOND).div_ceil(SPEECH_RATE as usize) + MARGIN;
    (positions < POSITIONS).then_some(positions)
}

/// Cuts long audio at its quietest moments, into stretches of at most one window.
pub(in crate::transcribe) fn parts(samples: &[f32]) -> Vec<Range<usize>> {
    level::pieces(samples, 0..samples.len(), SAMPLES, SEARCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_audio_gets_a_short_context_and_a_full_window_the_full_one() {
        assert_eq!(encoder_context(3 * 16_000), Some(214));
        assert_eq!(encoder_context(SAMPLES), None);
    }

    #[test]
    fn parts_cover_everything_once_and_fit_the_window() {
        let samples: Vec<f32> = (0..16_000 * 100).map(|i| (i as f32 * 0.01).sin()).collect();
        let parts = parts(&samples);
        assert_eq!(parts.first().map(|part| part.start), Some(0));
        assert_eq!(parts.last().map(|part| part.end), Some(samples.len()));
        assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(
            parts
                .iter()
                .all(|part| part.len() <= SAMPLES && !part.is_empty())
        );
    }
}
