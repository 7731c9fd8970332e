//! Admission and threads: each task has a [`Lane`], a bounded queue in front of worker threads
//! that the engine owns.
//!
//! caller -> [`Lane::submit`] (or [`crate::Error::Busy`]) -> queue -> worker -> [`Pending`].
//! Work whose [`Cancellation`] is set before its turn is dropped without running.

mod cancellation;
mod lane;
mod streaming;

pub use cancellation::Cancellation;
pub use lane::{Lane, LaneStatus, Pending};
pub use streaming::{Events, Step, Streaming};
