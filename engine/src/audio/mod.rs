//! Audio as samples: decoding files, changing the rate, encoding the result.
//!
//! bytes -> [`decode()`] -> [`Audio`] (mono) -> [`Audio::resampled`] -> a model, and
//! a synthesizer -> [`Audio`] -> [`wav`] -> bytes.

/// Sample rate that speech models expect, in hertz.
pub const SPEECH_RATE: u32 = 16_000;

/// Mono audio. Samples are in `[-1, 1]`, finite, at `sample_rate` hertz.
#[derive(Debug, Clone, PartialEq)]
pub struct Audio {
    /// The samples, one channel.
    pub samples: Vec<f32>,
    /// Samples per second, at least 1.
    pub sample_rate: u32,
}

impl Audio {
    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.sample_rate)
    }
}
