//! Real backends of the [`crate::ports`], one file each.

mod system_clock;
mod system_randomness;

pub use system_clock::SystemClock;
pub use system_randomness::SystemRandomness;

#[cfg(test)]
mod fixed_clock;
#[cfg(test)]
mod seeded_randomness;

#[cfg(test)]
pub use fixed_clock::FixedClock;
#[cfg(test)]
pub use seeded_randomness::SeededRandomness;
