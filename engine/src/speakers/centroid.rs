//! The mean of what was heard of one speaker.

use super::{DIMENSIONS, Embedding, embedding::dot, tuning::length};

/// A sum of voices, each times its seconds and the length that such a mean of windows has.
#[derive(Debug, Clone)]
pub(super) struct Centroid {
    sum: [f32; DIMENSIONS],
    seconds: f32,
}

impl Default for Centroid {
    fn default() -> Self {
        Self {
            sum: [0.0; DIMENSIONS],
            seconds: 0.0,
        }
    }
}

impl Centroid {
    pub(super) fn add(&mut self, voice: &Embedding, seconds: f32) {
        self.seconds += seconds;
        let weight = seconds * length(seconds);
        for (sum, value) in self.sum.iter_mut().zip(voice.values()) {
            *sum += weight * value;
        }
    }

    /// Forgets in proportion what is more than so many seconds, so that a voice that changes is followed.
    pub(super) fn forget_beyond(&mut self, seconds: f32) {
        if self.seconds > seconds {
            let kept = seconds / self.seconds;
            self.sum = self.sum.map(|sum| sum * kept);
            self.seconds = seconds;
        }
    }

    /// The mean similarity of windows of this voice to those of a stretch; 0 where nothing was heard.
    pub(super) fn similarity(&self, voice: &Embedding, seconds: f32) -> f32 {
        if self.seconds > 0.0 {
            dot(&self.sum, voice.values()) * length(seconds) / self.seconds
        } else {
            0.0
        }
    }

    pub(super) fn voice(&self) -> Embedding {
        Embedding::towards(&self.sum)
    }
}

/// Seconds that can be weights: never 0, so that it can be divided by them, and at most eleven days.
pub(super) fn usable(seconds: f32) -> f32 {
    const LEAST: f32 = 0.01;
    if seconds.is_nan() {
        LEAST
    } else {
        seconds.clamp(LEAST, 1e6)
    }
}

/// The place of the greatest number, of equals the first.
pub(super) fn greatest(numbers: impl Iterator<Item = f32>) -> Option<(usize, f32)> {
    numbers
        .enumerate()
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
}
