//! The log-mel spectrogram that Whisper hears with (Radford et al., 2022, section 2.2).
//!
//! As OpenAI's `log_mel_spectrogram` and whisper.cpp compute it: a Hann window of 25 ms every
//! 10 ms, the power of its Fourier transform through the mel filters, its decimal logarithm, of
//! which the loudest eight decades are kept and brought to about -1 to 1. The audio is mirrored
//! before its start and followed by silence.

use std::f32::consts::TAU;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

mod filters;
#[cfg(test)]
mod tests;

pub use filters::FilterError;
use filters::Filters;

/// Samples from one frame to the next: 10 ms.
pub const HOP: usize = 160;
/// Samples that one frame looks at: 25 ms.
const WINDOW: usize = 400;
/// Frames are centered on their sample; before the first one the audio is mirrored.
const MARGIN: usize = WINDOW / 2;
/// Frequencies of the spectrum, 40 Hz apart from 0 to 8 kHz.
const BINS: usize = WINDOW / 2 + 1;
/// The power that counts as silence.
const SILENCE: f32 = 1e-10;
/// What lies further below the loudest value is cut, in powers of ten.
const DECADES: f32 = 8.0;

/// Computes spectrograms; the plan and the filters are made once and may be shared by threads.
pub struct Spectrogram {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    filters: Filters,
}

impl Spectrogram {
    /// For a filter bank of `bands` filters, each of 201 weights for the frequencies from 0 to
    /// 8 kHz, one filter after another.
    ///
    /// # Errors
    /// [`FilterError`] when `filters` has another length, or `bands` is zero.
    pub fn new(filters: &[f32], bands: usize) -> Result<Self, FilterError> {
        let phase = |place| TAU * place as f32 / WINDOW as f32;
        Ok(Self {
            transform: RealFftPlanner::new().plan_fft_forward(WINDOW),
            // Periodic: the zero at its end would be the first value of the next period.
            window: (0..WINDOW)
                .map(|place| 0.5 - 0.5 * phase(place).cos())
                .collect(),
            filters: Filters::new(filters, bands, BINS)?,
        })
    }

    /// Bands of each frame.
    pub fn bands(&self) -> usize {
        self.filters.bands()
    }

    /// The spectrogram of mono audio at 16 kHz, samples from -1 to 1, as `frames` rows of
    /// [`bands`](Self::bands) values, about -1 to 1.
    ///
    /// Frames beyond the audio are those of digital silence; audio beyond the frames is left out.
    /// Both the loudest value and what is cut below it are found over these frames only. Samples
    /// that are no numbers give values that mean nothing, but are finite.
    pub fn compute(&self, samples: &[f32], frames: usize) -> Vec<f32> {
        let mut values = vec![SILENCE; frames * self.bands()];
        self.powers(samples, &mut values);
        let mut loudest = SILENCE;
        for value in &mut values {
            *value = value.clamp(SILENCE, f32::MAX);
            loudest = loudest.max(*value);
        }
        let floor = loudest.log10() - DECADES;
        for value in &mut values {
            *value = (value.log10().max(floor) + 4.0) / 4.0;
        }
        values
    }

    /// Writes the power of each band of each frame that hears something.
    fn powers(&self, samples: &[f32], values: &mut [f32]) {
        let padded = padded(samples);
        let mut input = vec![0.0; WINDOW];
        let mut spectrum = vec![Complex::default(); BINS];
        let mut scratch = vec![Complex::default(); self.transform.get_scratch_len()];
        let mut power = vec![0.0; BINS];
        let heard = padded.windows(WINDOW).step_by(HOP);
        for (frame, row) in heard.zip(values.chunks_exact_mut(self.bands())) {
            for ((input, sample), weight) in input.iter_mut().zip(frame).zip(&self.window) {
                *input = sample * weight;
            }
            let transformed =
                self.transform
                    .process_with_scratch(&mut input, &mut spectrum, &mut scratch);
            // Only other lengths than the planned ones are refused.
            debug_assert!(transformed.is_ok());
            for (power, value) in power.iter_mut().zip(&spectrum) {
                *power = value.norm_sqr();
            }
            self.filters.apply(&power, row);
        }
    }
}

/// The audio with its start mirrored before it, and enough silence behind it for the last frame
/// that hears any of it.
fn padded(samples: &[f32]) -> Vec<f32> {
    let mut padded = vec![0.0; MARGIN];
    // The first sample is the mirror; audio shorter than the margin continues as silence.
    for (before, sample) in padded.iter_mut().rev().zip(samples.iter().skip(1)) {
        *before = *sample;
    }
    padded.extend_from_slice(samples);
    padded.resize(padded.len() + WINDOW, 0.0);
    padded
}
