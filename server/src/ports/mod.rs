//! What the use cases need from the outside world, as traits; [`crate::adapters`] implements them.

mod clock;
mod randomness;

pub use clock::Clock;
pub use randomness::Randomness;
