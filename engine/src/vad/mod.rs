//! Where somebody speaks: Silero's voice activity detector.
//!
//! 16 kHz samples -> windows of 32 ms -> [`Network`] (the probability of speech, with a memory of what
//! came before) -> [`Segmenter`] (which of them begin and end speech) -> [`Change`]s. [`Detector`] holds
//! the weights, which all streams share; [`Stream`] is what one of them remembers, 1.3 kB.
//!
//! The network is that of <https://github.com/snakers4/silero-vad> (MIT) with the weights that its releases
//! publish as safetensors: a windowed Fourier transform as a convolution, four convolutions, an LSTM cell and a sum.

mod network;
mod segmenter;
mod weights;

use std::{ops::Range, path::Path, sync::Arc};

use network::{Memory, Network};
use segmenter::Segmenter;
pub use segmenter::{Change, Sensitivity};

use crate::{Cancellation, Result};

/// Samples that are judged at once: 32 ms.
pub const WINDOW: usize = 512;

/// The detector's weights; clones share them.
#[derive(Clone)]
pub struct Detector(Arc<Network>);

impl Detector {
    /// Reads `model-16k.safetensors` from the folder. Every byte should have been verified before.
    ///
    /// # Errors
    /// [`crate::Error::Io`] when it cannot be read, [`crate::Error::Backend`] when it holds something else.
    pub fn load(folder: &Path) -> Result<Self> {
        let network = weights::read(&folder.join("model-16k.safetensors"))?;
        Ok(Self(Arc::new(network)))
    }

    /// A stream of its own.
    pub fn stream(&self, sensitivity: Sensitivity) -> Stream {
        Stream {
            network: Arc::clone(&self.0),
            memory: Memory::default(),
            segmenter: Segmenter::new(sensitivity),
            pending: Vec::with_capacity(WINDOW),
        }
    }

    /// Where somebody speaks in a whole recording at 16 kHz, as ranges of samples in order.
    ///
    /// # Errors
    /// [`crate::Error::Cancelled`].
    pub fn speech(
        &self,
        samples: &[f32],
        sensitivity: Sensitivity,
        cancellation: &Cancellation,
    ) -> Result<Vec<Range<usize>>> {
        /// Samples between two looks at the flag: a second.
        const PIECE: usize = 16_000;
        let mut stream = self.stream(sensitivity);
        let mut found = Vec::new();
        let mut began = None;
        for piece in samples.chunks(PIECE) {
            cancellation.check()?;
            stream.push(piece, |change| match change {
                Change::Started(at) => began = Some(at as usize),
                Change::Stopped(at) => {
                    found.extend(began.take().map(|from| from..at as usize));
                }
            });
        }
        found.extend(began.map(|from| from..samples.len()));
        Ok(found)
    }

    /// The probability of speech in each whole window of 16 kHz samples.
    pub fn probabilities(&self, samples: &[f32]) -> Vec<f32> {
        let mut memory = Memory::default();
        samples
            .as_chunks::<WINDOW>()
            .0
            .iter()
            .map(|window| self.0.probability(&mut memory, window))
            .collect()
    }
}

/// Looks for speech in samples as they come.
pub struct Stream {
    network: Arc<Network>,
    memory: Memory,
    segmenter: Segmenter,
    /// Samples that do not fill a window yet.
    pending: Vec<f32>,
}

impl Stream {
    /// Judges 16 kHz samples in `[-1, 1]`; tells in order where speech began and ended.
    pub fn push(&mut self, samples: &[f32], mut on_change: impl FnMut(Change)) {
        let mut rest = samples;
        while !rest.is_empty() {
            let taken = rest.len().min(WINDOW - self.pending.len());
            self.pending.extend_from_slice(&rest[..taken]);
            rest = &rest[taken..];
            let Some(window) = self.pending.as_array::<WINDOW>() else {
                return;
            };
            let probability = self.network.probability(&mut self.memory, window);
            self.pending.clear();
            if let Some(change) = self.segmenter.next(probability) {
                on_change(change);
            }
        }
    }

    /// Whether somebody is speaking.
    pub fn speaking(&self) -> bool {
        self.segmenter.speaking()
    }

    /// Samples from the start of the stream that were judged.
    pub fn judged(&self) -> u64 {
        self.segmenter.judged()
    }
}

#[cfg(test)]
mod tests;
