//! Raw PCM: signed 16-bit little-endian samples without a header, as streamed by speech services
//! and microphones.

use super::{Audio, RATES, mono::sane};
use crate::{Error, Result};

/// Reads interleaved signed 16-bit little-endian samples and mixes the channels.
///
/// # Errors
/// [`Error::Audio`] for no samples, an incomplete last frame, no channels, or a rate outside
/// [`RATES`].
pub fn from_s16le(bytes: &[u8], sample_rate: u32, channels: usize) -> Result<Audio> {
    if channels == 0 || !RATES.contains(&sample_rate) {
        return Err(Error::audio(format!(
            "raw audio of {channels} channels at {sample_rate} Hz cannot be read; give at least \
             one channel and a rate from {} to {} Hz",
            RATES.start(),
            RATES.end()
        )));
    }
    let frame = channels.saturating_mul(2);
    if bytes.is_empty() || !bytes.len().is_multiple_of(frame) {
        return Err(Error::audio(format!(
            "{} bytes are not a whole number of {channels}-channel 16-bit frames; send all of \
             them",
            bytes.len()
        )));
    }
    let samples = bytes.chunks_exact(frame).map(mixed);
    Ok(Audio {
        samples: samples.collect(),
        sample_rate,
    })
}

/// Reads signed 16-bit little-endian samples of interleaved channels that come in pieces of any size, and mixes the
/// channels: where a piece ends makes no difference.
#[derive(Debug, Clone)]
pub struct Reader {
    channels: usize,
    /// Bytes of a frame that was cut in two.
    held: Vec<u8>,
}

impl Reader {
    /// For so many channels; none are taken for one.
    pub fn new(channels: usize) -> Self {
        Self {
            channels: channels.max(1),
            held: Vec::new(),
        }
    }

    /// The samples that are whole by now, in `[-1, 1]`.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<f32> {
        let frame = 2 * self.channels;
        let mut samples = Vec::with_capacity((self.held.len() + bytes.len()) / frame);
        let mut rest = bytes;
        if !self.held.is_empty() {
            let missing = (frame - self.held.len()).min(rest.len());
            self.held.extend_from_slice(&rest[..missing]);
            rest = &rest[missing..];
            if self.held.len() < frame {
                return samples;
            }
            samples.push(mixed(&self.held));
            self.held.clear();
        }
        let frames = rest.chunks_exact(frame);
        self.held.extend_from_slice(frames.remainder());
        samples.extend(frames.map(mixed));
        samples
    }
}

/// The mean of one frame's channels.
fn mixed(frame: &[u8]) -> f32 {
    let channels = frame.as_chunks::<2>().0;
    let sum: f32 = channels
        .iter()
        .map(|pair| f32::from(i16::from_le_bytes(*pair)))
        .sum();
    sum / (32_768.0 * channels.len() as f32)
}

/// Signed 16-bit little-endian bytes of the samples, two per sample.
pub fn to_s16le(samples: &[f32]) -> Vec<u8> {
    samples
        .iter()
        .flat_map(|sample| to_i16(*sample).to_le_bytes())
        .collect()
}

/// Nearest 16-bit value; full scale is 32,767, and what is not a number is silence.
pub(super) fn to_i16(sample: f32) -> i16 {
    (sane(sample) * 32_767.0).round() as i16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn samples_do_not_depend_on_where_pieces_end(
            bytes in proptest::collection::vec(any::<u8>(), 0..64),
            cuts in proptest::collection::vec(0..64usize, 0..6),
            channels in 1..4usize,
        ) {
            let whole = Reader::new(channels).read(&bytes);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let mut reader = Reader::new(channels);
            let pieces = cuts.windows(2).flat_map(|pair| reader.read(&bytes[pair[0]..pair[1]]));
            prop_assert_eq!(pieces.collect::<Vec<_>>(), whole);
        }
    }

    #[test]
    fn samples_survive_a_round_trip() {
        let samples = [0.0, 1.0, -1.0, 0.5, -0.25, f32::NAN, 7.0];
        let bytes = to_s16le(&samples);
        let audio = from_s16le(&bytes, 16_000, 1).unwrap();
        let golden = [0.0, 1.0, -1.0, 0.5, -0.25, 0.0, 1.0];
        for (sample, golden) in audio.samples.iter().zip(golden) {
            assert!((sample - golden).abs() < 1e-4, "{sample} is not {golden}");
        }
    }

    #[test]
    fn channels_are_averaged() {
        let bytes = to_s16le(&[0.5, -0.5, 1.0, 0.0]);
        let audio = from_s16le(&bytes, 8_000, 2).unwrap();
        assert_eq!(audio.samples.len(), 2);
        assert!(audio.samples[0].abs() < 1e-4 && (audio.samples[1] - 0.5).abs() < 1e-4);
    }

    #[test]
    fn broken_input_is_refused() {
        assert!(from_s16le(&[], 16_000, 1).is_err());
        assert!(from_s16le(&[1, 2, 3], 16_000, 1).is_err());
        assert!(from_s16le(&[1, 2], 16_000, 0).is_err());
        assert!(from_s16le(&[1, 2], 0, 1).is_err());
    }
}
