//! Work with one result.

use locutor::{Cancellation, Engine, Error, Result, engine::LaneName};
use tokio::sync::oneshot;

use super::{CancelOnDrop, span_of};

/// Runs work on a lane and waits for its result; dropping the future cancels the work.
///
/// # Errors
/// [`Error::Busy`] when the lane's queue is full, [`Error::Backend`] when the work panicked, and
/// the work's own errors.
pub async fn run<T: Send + 'static>(
    engine: &Engine,
    lane: LaneName,
    work: impl FnOnce(&Engine, &Cancellation) -> Result<T> + Send + 'static,
) -> Result<T> {
    let cancellation = Cancellation::new();
    let _guard = CancelOnDrop(cancellation.clone());
    let (reply, result) = oneshot::channel();
    let span = span_of(lane);
    engine.submit(lane, cancellation, move |engine, cancellation| {
        let _entered = span.entered();
        // A caller who no longer waits needs no reply.
        reply.send(work(engine, cancellation)).ok();
        Ok(())
    })?;
    result
        .await
        .unwrap_or_else(|_| Err(Error::backend("engine", "the work panicked")))
}
