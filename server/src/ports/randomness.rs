//! Chance.

use uuid::{Builder, Uuid};

/// A cryptographically secure source of random bytes.
pub trait Randomness: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);

    /// A new identifier that sorts by its time of creation (UUID version 7).
    fn identifier(&self, clock: &dyn super::Clock) -> Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        let millis = u64::try_from(clock.now().as_millisecond()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}
