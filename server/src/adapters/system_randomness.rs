//! The thread's generator, seeded by the operating system and reseeded as it runs.

use rand::Rng;

use crate::ports::Randomness;

/// Secure random bytes (`ChaCha12`, reseeded from the operating system).
#[derive(Debug, Clone, Copy)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, buffer: &mut [u8]) {
        rand::rng().fill_bytes(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::{FixedClock, SeededRandomness};

    /// The contract of the port, for every implementation.
    fn contract(source: &dyn Randomness) {
        let (mut first, mut second) = ([0; 32], [0; 32]);
        source.fill(&mut first);
        source.fill(&mut second);
        assert_ne!(first, second);
        let clock = FixedClock::default();
        let identifiers = [(); 3].map(|()| source.identifier(&clock));
        assert!(identifiers.is_sorted(), "{identifiers:?}");
    }

    #[test]
    fn both_implementations_keep_the_contract() {
        contract(&SystemRandomness);
        contract(&SeededRandomness::default());
    }
}
