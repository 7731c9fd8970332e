//! Repeatable chance for tests.

use std::sync::{Mutex, PoisonError};

use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::ports::Randomness;

/// The same bytes in every run.
#[derive(Debug)]
pub struct SeededRandomness(Mutex<StdRng>);

impl Default for SeededRandomness {
    fn default() -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(7)))
    }
}

impl Randomness for SeededRandomness {
    fn fill(&self, buffer: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(buffer);
    }
}
