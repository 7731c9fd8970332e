//! From asynchronous requests to the engine's threads and back.
//!
//! handler -> [`run`] or [`stream`] -> the lane's queue (or 429) -> worker thread -> bounded
//! channel -> handler. The future or stream owns a guard that cancels the work when it is
//! dropped, so a client that hangs up stops what it asked for.

mod run;
mod stream;
#[cfg(test)]
mod tests;

pub use run::run;
pub use stream::{Events, Sender, stream};

use locutor::{Cancellation, engine::LaneName};
use tracing::{Span, info_span};

/// Of work for the engine, from the moment it is queued; below that of the request, on whichever thread.
fn span_of(lane: LaneName) -> Span {
    info_span!("engine", ?lane)
}

/// Cancels the work when it is dropped; harmless when the work is done.
#[derive(Debug)]
struct CancelOnDrop(Cancellation);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
