//! Samples -> embeddings: volume, spectrogram, windows, network, averages.

use std::{path::Path, sync::Arc};

use super::{
    DIMENSIONS, Embedding,
    mel::{BANDS, HOP, Mel},
    network::{FRAMES, Network},
    noise, weights,
};
use crate::{Result, kernel::lstm::LANES};

/// Frames from one window to the next, of which two neighbours share half.
const STEP: usize = FRAMES / 2;
/// Frames that the last window must have where it is not the only one; Resemblyzer asks for three quarters as well.
const COVERED: usize = FRAMES * 3 / 4;
/// The size that quiet samples are raised to, as a root mean square: -30 dB of full scale.
const VOLUME: f64 = 0.031_622_776_601_683_79;

/// Resemblyzer's speaker encoder; clones share its weights.
#[derive(Clone)]
pub struct Encoder(Arc<Parts>);

struct Parts {
    mel: Mel,
    network: Network,
}

/// A stretch's windows, of which some may still be on their way through the network.
#[derive(Clone)]
struct Average([f32; DIMENSIONS]);

impl Encoder {
    /// Reads `pretrained.pt` of the package Resemblyzer 0.1.4, 17 MB.
    ///
    /// # Errors
    /// [`crate::Error::Io`] when it cannot be read, [`crate::Error::Backend`] when it holds something else.
    pub fn load(path: &Path) -> Result<Self> {
        Ok(Self(Arc::new(Parts {
            mel: Mel::new(),
            network: weights::read(path)?,
        })))
    }

    /// The voice of each stretch of mono samples in `[-1, 1]` at 16 kHz, in which one person should speak. The
    /// longer a stretch, the more its embedding is worth; below 0.4 s it tells next to nothing. Samples that are
    /// not finite count as silence.
    ///
    /// Windows of 1.6 s that overlap by half are embedded and averaged, on the caller's thread. All stretches
    /// share the network's passes, so that many short ones are best given at once. Beside its samples a stretch
    /// takes 20 kB a second while it is at work.
    pub fn embed(&self, stretches: &[&[f32]]) -> Vec<Embedding> {
        self.embed_frames(stretches, noise::subtract)
    }

    /// As [`Encoder::embed`], with what is done to the frames in between.
    fn embed_frames(
        &self,
        stretches: &[&[f32]],
        change: impl Fn(&mut [[f32; BANDS]]),
    ) -> Vec<Embedding> {
        let mut sums = vec![Average([0.0; DIMENSIONS]); stretches.len()];
        let mut windows: Vec<(usize, Window)> = Vec::with_capacity(LANES);
        for (number, samples) in stretches.iter().enumerate() {
            let samples = prepared(samples);
            let mut frames = self.0.mel.spectrogram(&samples);
            change(&mut frames);
            for window in windows_of(&frames, samples.len()) {
                windows.push((number, window));
                if windows.len() == LANES {
                    self.pass(&mut windows, &mut sums);
                }
            }
        }
        self.pass(&mut windows, &mut sums);
        sums.iter().map(|sum| Embedding::towards(&sum.0)).collect()
    }

    /// Sends the windows through the network and adds what they give to their stretches.
    fn pass(&self, windows: &mut Vec<(usize, Window)>, sums: &mut [Average]) {
        let inputs: Vec<&[[f32; BANDS]]> = windows.iter().map(|(_, window)| &window[..]).collect();
        let voices = self.0.network.embed(&inputs);
        for ((number, _), voice) in windows.iter().zip(&voices) {
            for (sum, value) in sums[*number].0.iter_mut().zip(voice.values()) {
                *sum += value;
            }
        }
        windows.clear();
    }
}

type Window = Vec<[f32; BANDS]>;

/// Raises quiet samples to the usual volume and makes all of them usable.
fn prepared(samples: &[f32]) -> Vec<f32> {
    let usable = |sample: &f32| {
        if sample.is_finite() {
            sample.clamp(-1.0, 1.0)
        } else {
            0.0
        }
    };
    let mut samples: Vec<f32> = samples.iter().map(usable).collect();
    let power = samples
        .iter()
        .map(|sample| f64::from(*sample).powi(2))
        .sum::<f64>();
    let volume = (power / samples.len().max(1) as f64).sqrt();
    // Below the least step of 24 bits there is nothing to be raised.
    if (1e-7..VOLUME).contains(&volume) {
        let factor = (VOLUME / volume) as f32;
        for sample in &mut samples {
            *sample *= factor;
        }
    }
    samples
}

/// Windows of [`FRAMES`] frames, [`STEP`] apart, as Resemblyzer cuts them: at least one.
fn windows_of(frames: &[[f32; BANDS]], samples: usize) -> impl Iterator<Item = Window> {
    let covered = move |first: &usize| *first == 0 || samples >= (first + COVERED) * HOP;
    let starts = (0..).step_by(STEP).take_while(covered);
    starts.map(move |first| {
        let last = (first + FRAMES).min(frames.len());
        let mut window = frames[first..last].to_vec();
        window.resize(FRAMES, [0.0; BANDS]);
        window
    })
}

#[cfg(test)]
mod tests;
