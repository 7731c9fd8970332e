//! Taking noise out of speech, with `RNNoise`'s network (Valin 2018, "A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band
//! Speech Enhancement").
//!
//! samples of any rate -> 48 kHz -> frames of 10 ms, whose noisy bands are turned down -> the rate that is wanted. Time 0 stays
//! time 0.

use nnnoiseless::DenoiseState;

use super::{Audio, Stream};
use crate::{Cancellation, Result};

/// The rate of the network, in hertz.
const RATE: u32 = 48_000;
/// Samples of a frame.
const FRAME: usize = DenoiseState::FRAME_SIZE;
/// The network expects samples as large as 16-bit integers.
const SCALE: f32 = 32_768.0;

/// Takes noise out of samples as they come.
pub(crate) struct NoiseSuppressor {
    before: Stream,
    frames: Frames,
    after: Stream,
}

/// Frames at the network's rate.
struct Frames {
    network: Box<DenoiseState<'static>>,
    /// What does not fill a frame yet.
    pending: Vec<f32>,
    /// Samples that the network still holds back: a frame comes out when the next one goes in.
    held: usize,
    taken: usize,
    given: usize,
}

impl NoiseSuppressor {
    /// From one rate to another, in hertz.
    ///
    /// # Errors
    /// [`crate::Error::Audio`] when either is outside [`super::RATES`].
    pub(crate) fn new(from: u32, to: u32) -> Result<Self> {
        Ok(Self {
            before: Stream::new(from, RATE)?,
            frames: Frames {
                network: DenoiseState::new(),
                pending: Vec::new(),
                held: FRAME,
                taken: 0,
                given: 0,
            },
            after: Stream::new(RATE, to)?,
        })
    }

    /// The next samples without their noise, less what cannot be told yet.
    ///
    /// # Errors
    /// [`crate::Error::Backend`] when the resampler fails.
    pub(crate) fn push(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        let samples = self.before.push(samples)?;
        let clean = self.frames.push(&samples);
        self.after.push(&clean)
    }

    /// The rest, when nothing follows.
    ///
    /// # Errors
    /// [`crate::Error::Backend`] when the resampler fails.
    pub(crate) fn flush(&mut self) -> Result<Vec<f32>> {
        let samples = self.before.flush()?;
        let mut clean = self.frames.push(&samples);
        clean.extend(self.frames.flush());
        let mut rest = self.after.push(&clean)?;
        rest.extend(self.after.flush()?);
        Ok(rest)
    }
}

impl Frames {
    fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        self.taken += samples.len();
        self.pending
            .extend(samples.iter().map(|sample| sample * SCALE));
        let mut clean = Vec::with_capacity(self.pending.len());
        let mut output = [0.0; FRAME];
        let whole = self.pending.len() / FRAME * FRAME;
        for frame in self.pending[..whole].chunks(FRAME) {
            self.network.process_frame(&mut output, frame);
            let fresh = &output[self.held.min(FRAME)..];
            self.held -= FRAME - fresh.len();
            clean.extend(fresh.iter().map(|sample| (sample / SCALE).clamp(-1.0, 1.0)));
        }
        self.pending.drain(..whole);
        self.given += clean.len();
        clean
    }

    /// As many samples as are still owed.
    fn flush(&mut self) -> Vec<f32> {
        let owed = self.taken - self.given;
        let taken = self.taken;
        let mut clean = self.push(&vec![0.0; owed.next_multiple_of(FRAME) + FRAME]);
        (self.taken, self.given) = (taken, taken);
        clean.truncate(owed);
        clean
    }
}

impl Audio {
    /// The same speech without its noise.
    ///
    /// # Errors
    /// [`crate::Error::Audio`] when its rate is outside [`super::RATES`], and [`crate::Error::Cancelled`].
    pub fn without_noise(&self, cancellation: &Cancellation) -> Result<Self> {
        let mut suppressor = NoiseSuppressor::new(self.sample_rate, self.sample_rate)?;
        let mut samples = Vec::with_capacity(self.samples.len());
        for second in self.samples.chunks(self.sample_rate as usize) {
            cancellation.check()?;
            samples.extend(suppressor.push(second)?);
        }
        samples.extend(suppressor.flush()?);
        Ok(Self {
            samples,
            sample_rate: self.sample_rate,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{Limits, SPEECH_RATE, decode_at};

    const JFK: &[u8] = include_bytes!("../../../tests/fixtures/audio/jfk.wav");

    fn jfk() -> Audio {
        decode_at(JFK, SPEECH_RATE, Limits::default()).unwrap()
    }

    fn noise(length: usize, level: f32) -> Vec<f32> {
        let mut seed = 1_u32;
        let next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            level * ((seed >> 8) as f32 / 8_388_608.0 - 1.0)
        };
        std::iter::repeat_with(next).take(length).collect()
    }

    fn power(samples: &[f32]) -> f32 {
        samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32
    }

    #[test]
    fn speech_stays_where_it_is_and_noise_goes() {
        let speech = jfk();
        let mut noisy = speech.clone();
        let added = noise(noisy.samples.len(), 0.05);
        for (sample, noise) in noisy.samples.iter_mut().zip(&added) {
            *sample += noise;
        }
        let clean = noisy.without_noise(&Cancellation::new()).unwrap();
        assert_eq!(clean.samples.len(), speech.samples.len());
        let left = |moved: usize| {
            let pairs = clean.samples[moved..].iter().zip(&speech.samples);
            let left: Vec<f32> = pairs.map(|(clean, speech)| clean - speech).collect();
            power(&left)
        };
        assert!(left(0) < power(&added), "{} of {}", left(0), power(&added));
        assert!((1..200).all(|moved| left(0) < left(moved)));
        let only = Audio {
            samples: noise(32_000, 0.05),
            sample_rate: SPEECH_RATE,
        };
        let quiet = only.without_noise(&Cancellation::new()).unwrap();
        assert!(power(&quiet.samples[16_000..]) < 0.1 * power(&only.samples));
    }

    #[test]
    fn pieces_are_what_the_whole_is() {
        let audio = jfk();
        let whole = audio.without_noise(&Cancellation::new()).unwrap().samples;
        let mut suppressor = NoiseSuppressor::new(SPEECH_RATE, SPEECH_RATE).unwrap();
        let mut pieces = Vec::new();
        for piece in audio.samples.chunks(777) {
            pieces.extend(suppressor.push(piece).unwrap());
        }
        pieces.extend(suppressor.flush().unwrap());
        assert_eq!(pieces, whole);
    }

    #[test]
    fn every_rate_becomes_the_one_that_is_wanted() {
        let speech = jfk();
        for from in [8_000, 24_000, 44_100, 48_000] {
            let mut suppressor = NoiseSuppressor::new(from, SPEECH_RATE).unwrap();
            let input = speech.resampled(from).unwrap();
            let mut clean = suppressor.push(&input.samples).unwrap();
            clean.extend(suppressor.flush().unwrap());
            assert!(clean.len().abs_diff(speech.samples.len()) <= 1, "{from}");
            // Where speech begins and ends it does so by less than 20 ms sooner or later.
            let levels = |samples: &[f32]| samples.chunks(160).map(power).collect::<Vec<f32>>();
            let (clean, said) = (levels(&clean), levels(&speech.samples));
            let like = |moved: usize| -> f32 {
                let pairs = clean[2..].iter().zip(&said[moved..]);
                pairs.map(|(one, other)| one * other).sum()
            };
            let best = (0..5).max_by(|one, other| like(*one).total_cmp(&like(*other)));
            assert!((1..=3).contains(&best.unwrap()), "{from}: {best:?}");
            assert!(suppressor.flush().unwrap().is_empty(), "all was given");
        }
    }

    #[test]
    fn nothing_and_very_little_are_as_long_as_before() {
        for length in [0, 1, 159, 161, 4_801] {
            let audio = Audio {
                samples: vec![1.0; length],
                sample_rate: SPEECH_RATE,
            };
            let clean = audio.without_noise(&Cancellation::new()).unwrap();
            assert_eq!(clean.samples.len(), length);
            assert!(clean.samples.iter().all(|sample| sample.is_finite()));
        }
    }
}
