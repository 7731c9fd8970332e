//! The log-mel spectrogram that Whisper hears with (Radford et al., 2022, section 2.2).
//!
//! As OpenAI's `log_mel_spectrogram` and whisper.cpp compute it: the power of mel bands
//! ([`spectrum`](crate::spectrum)) every 10 ms, its decimal logarithm, of which the loudest eight
//! decades are kept and brought to about -1 to 1. The audio is mirrored before its start and
//! followed by silence.

#[cfg(test)]
mod tests;

use crate::spectrum::{BandPowers, FilterBank, FilterError, Framing, Start};

/// Frames of 25 ms every 10 ms.
const FRAMING: Framing = Framing {
    window: 400,
    hop: 160,
    start: Start::Mirror,
};
/// The power that counts as silence.
const SILENCE: f32 = 1e-10;
/// What lies further below the loudest value is cut, in powers of ten.
const DECADES: f32 = 8.0;

/// Computes spectrograms; made once, and may be shared by threads.
pub struct Spectrogram(BandPowers);

impl Spectrogram {
    /// For a filter bank of `bands` filters, each of 201 weights for the frequencies from 0 to
    /// 8 kHz, one filter after another.
    ///
    /// # Errors
    /// [`FilterError`] when `filters` has another length, or `bands` is zero.
    pub fn new(filters: &[f32], bands: usize) -> Result<Self, FilterError> {
        let filters = FilterBank::new(filters, bands, FRAMING.bins())?;
        Ok(Self(BandPowers::new(FRAMING, filters)))
    }

    /// Bands of each frame.
    pub fn bands(&self) -> usize {
        self.0.bands()
    }

    /// The spectrogram of mono audio at 16 kHz, samples from -1 to 1, as `frames` rows of
    /// [`bands`](Self::bands) values, about -1 to 1.
    ///
    /// Frames beyond the audio are those of digital silence; audio beyond the frames is left out.
    /// Both the loudest value and what is cut below it are found over these frames only. Samples
    /// that are no numbers give values that mean nothing, but are finite.
    pub fn compute(&self, samples: &[f32], frames: usize) -> Vec<f32> {
        let mut values = vec![SILENCE; frames * self.bands()];
        self.0.write(samples, &mut values);
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
}
