//! Samples -> mel spectrogram, as the network was trained on it.
//!
//! Power spectra of 25 ms under a periodic Hann window every 10 ms, the first one around the first sample with
//! zeros before it, summed in triangular bands. There is no logarithm: Resemblyzer's network takes power as it is.

use std::{f32::consts::TAU, sync::Arc};

use realfft::{RealFftPlanner, RealToComplex};

use super::bands::{Band, bands};

/// Bands of a frame.
pub(super) const BANDS: usize = 40;
/// Samples from one frame to the next.
pub(super) const HOP: usize = 160;
/// Samples of a Fourier transform.
pub(super) const TRANSFORM: usize = 400;

/// What all spectrograms share.
pub(super) struct Mel {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    bands: Vec<Band>,
}

impl Mel {
    pub(super) fn new() -> Self {
        let window = |sample: usize| 0.5 - 0.5 * (TAU * sample as f32 / TRANSFORM as f32).cos();
        Self {
            transform: RealFftPlanner::new().plan_fft_forward(TRANSFORM),
            window: (0..TRANSFORM).map(window).collect(),
            bands: bands(),
        }
    }

    /// Samples at 16 kHz -> the bands of every frame that hears one of them.
    pub(super) fn spectrogram(&self, samples: &[f32]) -> Vec<[f32; BANDS]> {
        let mut input = self.transform.make_input_vec();
        let mut output = self.transform.make_output_vec();
        let mut scratch = self.transform.make_scratch_vec();
        let mut powers = vec![0.0; output.len()];
        let frame = |frame: usize| {
            self.cut(samples, frame * HOP, &mut input);
            // Fails only for buffers of other lengths than the plan's own.
            let result = self
                .transform
                .process_with_scratch(&mut input, &mut output, &mut scratch);
            debug_assert!(result.is_ok());
            for (power, value) in powers.iter_mut().zip(&output) {
                *power = value.norm_sqr();
            }
            let mut values = [0.0; BANDS];
            for (value, band) in values.iter_mut().zip(&self.bands) {
                let powers = powers[band.first..].iter();
                *value = powers.zip(&band.weights).map(|(a, b)| a * b).sum();
            }
            values
        };
        let count = (samples.len() + TRANSFORM / 2).div_ceil(HOP);
        (0..count).map(frame).collect()
    }

    /// The windowed samples around one of them; there are zeros before the first and after the last.
    fn cut(&self, samples: &[f32], middle: usize, input: &mut [f32]) {
        let before = TRANSFORM / 2;
        let first = middle.saturating_sub(before);
        let skipped = before.saturating_sub(middle);
        let last = (middle + TRANSFORM - before).min(samples.len());
        let heard = samples.get(first..last).unwrap_or_default();
        input.fill(0.0);
        let places = input.iter_mut().zip(&self.window).skip(skipped);
        for ((place, window), sample) in places.zip(heard) {
            *place = sample * window;
        }
    }
}

#[cfg(test)]
mod tests {
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
