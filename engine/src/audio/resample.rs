//! Changing the sample rate, with rubato's synchronous FFT resampler (band-limited, no aliasing).
//!
//! chunks -> [`Converter`] -> [`Audio`]. The filter's delay is cut off the start, and the end is
//! flushed, so that time 0 stays time 0 and the length is `samples * to / from`, rounded.

use rubato::{
    Fft, FixedSync, Indexing, Resampler, WindowFunction,
    audioadapter_buffers::direct::InterleavedSlice,
};

use super::{Audio, RATES, mono::sane};
use crate::{Error, Result};

/// Least input frames per step; a compromise between speed and the filter's length.
const CHUNK: u32 = 1024;

impl Audio {
    /// The same sound at another sample rate.
    ///
    /// # Errors
    /// [`Error::Audio`] when either rate is outside [`RATES`].
    pub fn resampled(&self, rate: u32) -> Result<Self> {
        if rate == self.sample_rate {
            return Ok(self.clone());
        }
        let mut converter = Converter::new(self.sample_rate, rate)?;
        converter.push(&self.samples)?;
        converter.finish()
    }
}

/// A resampler that takes samples as they come.
pub(super) struct Converter {
    resampler: Fft<f32>,
    from: u32,
    to: u32,
    /// Input that does not fill a chunk yet.
    pending: Vec<f32>,
    step: Vec<f32>,
    output: Vec<f32>,
    /// Frames of filter delay still to be cut off the start.
    delay: usize,
    taken: u64,
    given: usize,
}

impl Converter {
    pub(super) fn new(from: u32, to: u32) -> Result<Self> {
        for rate in [from, to] {
            if !RATES.contains(&rate) {
                return Err(Error::audio(format!(
                    "cannot convert from {from} to {to} Hz; rates go from {} to {} Hz",
                    RATES.start(),
                    RATES.end()
                )));
            }
        }
        let chunk = chunk(from, to) as usize;
        let window = WindowFunction::BlackmanHarris2;
        let (input, output) = (from as usize, to as usize);
        let resampler = Fft::new_custom(input, output, chunk, 1, 1, window, FixedSync::Input)
            .map_err(|source| Error::backend("rubato", source))?;
        Ok(Self {
            delay: resampler.output_delay(),
            step: vec![0.0; resampler.output_frames_max()],
            resampler,
            from,
            to,
            pending: Vec::new(),
            output: Vec::new(),
            taken: 0,
            given: 0,
        })
    }

    pub(super) fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.taken += samples.len() as u64;
        self.pending.extend_from_slice(samples);
        let mut pending = std::mem::take(&mut self.pending);
        let mut used = 0;
        while pending.len() - used >= self.resampler.input_frames_next() {
            let wanted = self.resampler.input_frames_next();
            self.convert(&pending[used..used + wanted])?;
            used += wanted;
        }
        pending.drain(..used);
        self.pending = pending;
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Audio> {
        self.flush()?;
        Ok(Audio {
            samples: self.output,
            sample_rate: self.to,
        })
    }

    /// Converts what does not fill a chunk, and no more than that; nothing may follow.
    pub(super) fn flush(&mut self) -> Result<()> {
        let wanted = expected_length(self.taken, self.from, self.to) - self.given;
        let mut rest = std::mem::take(&mut self.pending);
        while self.output.len() < wanted {
            rest.resize(self.resampler.input_frames_next(), 0.0);
            self.convert(&rest)?;
            rest.clear();
        }
        self.output.truncate(wanted);
        Ok(())
    }

    /// What was converted since the last call.
    pub(super) fn take(&mut self) -> Vec<f32> {
        self.given += self.output.len();
        std::mem::take(&mut self.output)
    }

    fn convert(&mut self, input: &[f32]) -> Result<()> {
        let backend = |source: &dyn std::fmt::Display| Error::backend("rubato", source);
        let frames = self.resampler.output_frames_next();
        if self.step.len() < frames {
            self.step.resize(frames, 0.0);
        }
        let room = self.step.len();
        let source = InterleavedSlice::new(input, 1, input.len()).map_err(|e| backend(&e))?;
        let mut target =
            InterleavedSlice::new_mut(&mut self.step, 1, room).map_err(|e| backend(&e))?;
        let (_, made) = self
            .resampler
            .process_into_buffer(&source, &mut target, Some(&Indexing::new()))
            .map_err(|e| backend(&e))?;
        let skipped = made.min(self.delay);
        self.delay -= skipped;
        // Band-limiting may overshoot full scale a little.
        let fresh = self.step[skipped..made].iter().copied().map(sane);
        self.output.extend(fresh);
        Ok(())
    }
}

/// Frames per step: an even number of the smallest blocks that convert without a remainder. The
/// filter's delay, half a block, is then a whole number of frames and can be cut off exactly.
fn chunk(from: u32, to: u32) -> u32 {
    let (mut divisor, mut rest) = (from, to);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    let pair = 2 * (from / divisor);
    CHUNK.div_ceil(pair) * pair
}

/// Frames that `taken` frames become, rounded to the nearest.
fn expected_length(taken: u64, from: u32, to: u32) -> usize {
    let exact = u128::from(taken) * u128::from(to);
    let rounded = (exact + u128::from(from) / 2) / u128::from(from);
    usize::try_from(rounded).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(frequency: f64, rate: u32, seconds: f64) -> Audio {
        let samples = (0..(seconds * f64::from(rate)) as usize)
            .map(|n| {
                let time = n as f64 / f64::from(rate);
                (0.5 * (std::f64::consts::TAU * frequency * time).sin()) as f32
            })
            .collect();
        Audio {
            samples,
            sample_rate: rate,
        }
    }

    /// Golden test: away from the edges, the converted tone equals the tone computed at the new
    /// rate within 0.002 (-48 dB of full scale), so amplitude, frequency and phase are kept.
    #[test]
    fn a_tone_keeps_amplitude_frequency_and_phase() {
        for (from, to) in [
            (44_100, 16_000),
            (48_000, 16_000),
            (8_000, 16_000),
            (22_050, 16_000),
            (24_000, 16_000),
            (11_025, 16_000),
            (96_000, 16_000),
            (16_000, 44_100),
            (44_101, 16_000),
        ] {
            let (input, golden) = (tone(440.0, from, 3.0), tone(440.0, to, 3.0));
            let output = input.resampled(to).unwrap();
            assert_eq!(output.sample_rate, to);
            assert!(
                output.samples.len().abs_diff(golden.samples.len()) <= 1,
                "{from} -> {to}: {} samples",
                output.samples.len()
            );
            let edge = to as usize / 10;
            let worst = output.samples[edge..output.samples.len() - edge]
                .iter()
                .zip(&golden.samples[edge..])
                .map(|(output, golden)| (output - golden).abs())
                .fold(0.0, f32::max);
            assert!(worst < 2e-3, "{from} -> {to}: off by {worst}");
        }
    }

    #[test]
    fn tones_above_the_new_band_vanish() {
        let output = tone(12_000.0, 44_100, 1.0).resampled(16_000).unwrap();
        let loudest = output.samples[1_000..15_000]
            .iter()
            .fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
        assert!(loudest < 5e-4, "an alias of {loudest} is left");
    }

    #[test]
    fn a_click_stays_where_it_was() {
        let mut samples = vec![0.0; 48_000];
        samples[24_000] = 1.0;
        let input = Audio {
            samples,
            sample_rate: 48_000,
        };
        let output = input.resampled(16_000).unwrap();
        let loudest = (0..output.samples.len())
            .max_by(|a, b| output.samples[*a].total_cmp(&output.samples[*b]))
            .unwrap();
        assert!(loudest.abs_diff(8_000) <= 1, "the click moved to {loudest}");
    }

    #[test]
    fn lengths_are_exact_and_pieces_equal_the_whole() {
        for length in [0, 1, 2, 100, 1_023, 1_024, 1_025, 5_000] {
            let mut input = tone(300.0, 44_100, 0.2);
            input.samples.truncate(length);
            let whole = input.resampled(16_000).unwrap();
            assert_eq!(
                whole.samples.len(),
                expected_length(length as u64, 44_100, 16_000)
            );
            let mut converter = Converter::new(44_100, 16_000).unwrap();
            for piece in input.samples.chunks(97) {
                converter.push(piece).unwrap();
            }
            assert_eq!(converter.finish().unwrap(), whole);
        }
    }

    #[test]
    fn impossible_rates_are_refused() {
        let audio = tone(100.0, 8_000, 0.1);
        assert!(audio.resampled(0).is_err());
        assert!(audio.resampled(u32::MAX).is_err());
    }
}
