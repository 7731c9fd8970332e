//! Samples -> mel spectrogram, as the network was trained on it.
//!
//! The power of Slaney's mel bands ([`spectrum`](crate::spectrum)) every 10 ms, the first frame around the first sample
//! with zeros before it. There is no logarithm: Resemblyzer's network takes power as it is.

use crate::{
    audio::SPEECH_RATE,
    spectrum::{BandPowers, FilterBank, Framing, Start},
};

/// Bands of a frame.
pub(super) const BANDS: usize = 40;
/// Samples from one frame to the next.
pub(super) const HOP: usize = 160;
/// Frames of 25 ms.
const FRAMING: Framing = Framing {
    window: 400,
    hop: HOP,
    start: Start::Silence,
};

/// What all spectrograms share.
pub(super) struct Mel(BandPowers);

impl Mel {
    pub(super) fn new() -> Self {
        Self(BandPowers::new(
            FRAMING,
            FilterBank::slaney(BANDS, FRAMING.bins(), SPEECH_RATE),
        ))
    }

    /// Samples at 16 kHz -> the bands of every frame that hears one of them.
    pub(super) fn spectrogram(&self, samples: &[f32]) -> Vec<[f32; BANDS]> {
        let mut frames = vec![[0.0; BANDS]; FRAMING.frames(samples.len())];
        self.0.write(samples, frames.as_flattened_mut());
        frames
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    #[test]
    fn a_tone_is_loudest_in_its_band() {
        let tone: Vec<f32> = (0..16_000)
            .map(|sample| (TAU * 1000.0 * sample as f32 / 16_000.0).sin())
            .collect();
        let frames = Mel::new().spectrogram(&tone);
        assert_eq!(frames.len(), 102);
        let frame = &frames[50];
        let loudest = (0..BANDS).max_by(|&a, &b| frame[a].total_cmp(&frame[b]));
        // 15 mels of 45.2 lie in the middle of the 13th of 41 steps.
        assert_eq!(loudest, Some(13));
    }

    #[test]
    fn few_samples_make_a_frame() {
        let mel = Mel::new();
        assert_eq!(mel.spectrogram(&[]), [[0.0; BANDS]; 2]);
        assert_eq!(mel.spectrogram(&[0.5; 120]).len(), 2);
        assert_eq!(mel.spectrogram(&[0.5; 121]).len(), 3);
    }
}
