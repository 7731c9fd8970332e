//! Audio as samples: decoding files, changing the rate, encoding the result.
//!
//! bytes -> [`decode()`] -> [`Audio`] (mono) -> [`Audio::resampled`] -> a model, and
//! a synthesizer -> [`Audio`] -> [`wav`] or [`pcm`] -> bytes. Long files that go straight to a
//! speech model are better read with [`decode_at`], which never holds the original rate.

mod decode;
mod interruptible;
mod mono;
mod noise;
pub mod pcm;
mod resample;
mod stream;
pub mod wav;

pub use decode::{Limits, decode, decode_at, decode_reader};
pub use interruptible::Interruptible;
pub(crate) use noise::NoiseSuppressor;
pub use stream::Stream;

/// Sample rate that speech models expect, in hertz.
pub const SPEECH_RATE: u32 = 16_000;

/// Sample rates that can be decoded and converted, in hertz.
pub const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;

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
