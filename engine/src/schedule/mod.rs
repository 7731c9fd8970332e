//! Admission and threads: each task has a [`Lane`], a bounded queue in front of worker threads
//! that the engine owns.
//!
//! caller -> [`Lane::submit`] (or [`crate::Error::Busy`]) -> queue -> worker -> [`Pending`].
//! Work whose [`Cancellation`] is set before its turn never runs, and gives up its place in the queue.

mod cancellation;
mod lane;
mod queue;
mod streaming;

pub use cancellation::Cancellation;
pub use lane::{Lane, LaneStatus, Pending};
pub use streaming::{Events, Step, Streaming};
