//! Samples -> the power of each band in each frame.

use std::{f32::consts::TAU, sync::Arc};

use realfft::{RealFftPlanner, RealToComplex};

use super::FilterBank;

/// How audio is cut into frames.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Framing {
    /// Samples of a frame, and of its Fourier transform. The middle of the first frame is the first sample.
    pub(crate) window: usize,
    /// Samples from one frame to the next.
    pub(crate) hop: usize,
    /// What the first frames hear before the audio.
    pub(crate) start: Start,
}

impl Framing {
    /// Frequencies of a frame's spectrum, from 0 to half the sample rate.
    pub(crate) const fn bins(&self) -> usize {
        self.window / 2 + 1
    }

    /// Frames that hear any of so many samples; at least those around the beginning.
    pub(crate) const fn frames(&self, samples: usize) -> usize {
        (samples + self.margin()).div_ceil(self.hop)
    }

    /// Samples of a frame before its middle.
    const fn margin(&self) -> usize {
        self.window / 2
    }
}

/// What stands before the first sample; behind the last is silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Zeros.
    Silence,
    /// The audio itself, mirrored at the first sample; zeros where it is shorter than that.
    Mirror,
}

/// Computes the powers of bands; the plan and the filters are made once and may be shared by threads.
pub(crate) struct BandPowers {
    framing: Framing,
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    filters: FilterBank,
}

impl BandPowers {
    /// The filters must have as many weights each as the framing gives frequencies.
    pub(crate) fn new(framing: Framing, filters: FilterBank) -> Self {
        let length = framing.window;
        let phase = |place| TAU * place as f32 / length as f32;
        Self {
            framing,
            transform: RealFftPlanner::new().plan_fft_forward(length),
            // Periodic: the zero at its end would be the first value of the next period.
            window: (0..length)
                .map(|place| 0.5 - 0.5 * phase(place).cos())
                .collect(),
            filters,
        }
    }

    /// Bands of each frame.
    pub(crate) fn bands(&self) -> usize {
        self.filters.bands()
    }

    /// Writes the powers of as many frames as there are rows of [`bands`](Self::bands) values; rows beyond the frames
    /// that hear something stay as they are.
    pub(crate) fn write(&self, samples: &[f32], rows: &mut [f32]) {
        let mut input = self.transform.make_input_vec();
        let mut spectrum = self.transform.make_output_vec();
        let mut scratch = self.transform.make_scratch_vec();
        let mut powers = vec![0.0; spectrum.len()];
        let rows = rows.chunks_exact_mut(self.bands());
        for (frame, row) in rows.take(self.framing.frames(samples.len())).enumerate() {
            self.cut(samples, frame * self.framing.hop, &mut input);
            let transformed =
                self.transform
                    .process_with_scratch(&mut input, &mut spectrum, &mut scratch);
            // Only other lengths than the planned ones are refused.
            debug_assert!(transformed.is_ok());
            for (power, value) in powers.iter_mut().zip(&spectrum) {
                *power = value.norm_sqr();
            }
            self.filters.apply(&powers, row);
        }
    }

    /// The windowed samples around one of them, or around one that would follow the last.
    fn cut(&self, samples: &[f32], middle: usize, input: &mut [f32]) {
        let margin = self.framing.margin();
        let missing = margin.saturating_sub(middle);
        let first = middle.saturating_sub(margin);
        let last = (middle + self.framing.window - margin).min(samples.len());
        let heard = samples.get(first..last).unwrap_or_default();
        input.fill(0.0);
        let places = input[missing..].iter_mut().zip(&self.window[missing..]);
        for ((place, weight), sample) in places.zip(heard) {
            *place = sample * weight;
        }
        if self.framing.start == Start::Mirror {
            let places = input[..missing].iter_mut().zip(&self.window[..missing]);
            // The first sample is the mirror.
            for ((place, weight), sample) in places.rev().zip(samples.iter().skip(1)) {
                *place = sample * weight;
            }
        }
    }
}

#[cfg(test)]
#[expect(
    clippy::float_cmp,
    reason = "the same numbers are summed in the same order"
)]
mod tests {
    use super::*;

    fn powers(start: Start, samples: &[f32]) -> Vec<f32> {
        let framing = Framing {
            window: 8,
            hop: 2,
            start,
        };
        let bins = framing.bins();
        let every: Vec<f32> = (0..bins * bins)
            .map(|place| if place % (bins + 1) == 0 { 1.0 } else { 0.0 })
            .collect();
        let filters = FilterBank::new(&every, bins, bins).unwrap();
        let mut rows = vec![-1.0; framing.frames(samples.len()) * bins];
        BandPowers::new(framing, filters).write(samples, &mut rows);
        rows
    }

    #[test]
    fn what_stands_before_the_audio_is_as_if_it_were_there() {
        let samples = [1.0, -2.0, 3.0, 0.5, 4.0, -1.0, 2.0];
        for (start, before) in [
            (Start::Silence, [0.0; 4]),
            (Start::Mirror, [4.0, 0.5, 3.0, -2.0]),
        ] {
            let longer: Vec<f32> = before.into_iter().chain(samples).collect();
            let found = powers(start, &samples);
            // Two steps further is where the longer audio has the same first sample.
            assert_eq!(found, powers(Start::Silence, &longer)[2 * 5..], "{start:?}");
        }
    }

    #[test]
    fn rows_without_a_frame_stay() {
        assert!(powers(Start::Mirror, &[]).iter().all(|power| *power == 0.0));
        let framing = Framing {
            window: 8,
            hop: 2,
            start: Start::Mirror,
        };
        assert_eq!(
            [0, 1, 4, 5].map(|samples| framing.frames(samples)),
            [2, 3, 4, 5]
        );
        let filters = FilterBank::new(&[1.0; 5], 1, 5).unwrap();
        let mut rows = [7.0; 4];
        BandPowers::new(framing, filters).write(&[0.0], &mut rows);
        assert_eq!(rows, [0.0, 0.0, 0.0, 7.0]);
    }
}
