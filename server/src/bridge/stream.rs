//! Work with results along the way.

use std::time::Duration;

use locutor::{Cancellation, Engine, Error, Result, engine::LaneName};
use tokio::{runtime::Handle, sync::mpsc, time::timeout};

use super::{CancelOnDrop, span_of};

/// Events that may wait for a slow client before the work pauses.
const CAPACITY: usize = 64;

/// The receiving end; dropping it cancels the work.
#[derive(Debug)]
pub struct Events<T> {
    events: mpsc::Receiver<Result<T>>,
    _guard: CancelOnDrop,
}

impl<T> Events<T> {
    /// The next event; `None` once the work has ended. An error is the last event.
    pub async fn next(&mut self) -> Option<Result<T>> {
        self.events.recv().await
    }
}

/// The sending end, on the worker's thread.
#[derive(Debug)]
pub struct Sender<T> {
    events: mpsc::Sender<Result<T>>,
    runtime: Handle,
    stall: Duration,
}

impl<T> Sender<T> {
    /// Hands an event over, waiting while the client is behind.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the client is gone or has read nothing for too long: a worker
    /// must not wait forever for one client while others queue.
    pub fn send(&self, event: T) -> Result<()> {
        self.push(Ok(event))
    }

    fn push(&self, event: Result<T>) -> Result<()> {
        let event = match self.events.try_send(event) {
            Ok(()) => return Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(Error::Cancelled),
            Err(mpsc::error::TrySendError::Full(event)) => event,
        };
        // The timer must be made inside the runtime.
        let waiting = async { timeout(self.stall, self.events.send(event)).await };
        match self.runtime.block_on(waiting) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Error::Cancelled),
        }
    }
}

/// Runs work on a lane and yields what it sends; must be called inside the runtime.
///
/// # Errors
/// [`Error::Busy`] when the lane's queue is full. All later errors arrive as events.
pub fn stream<T: Send + 'static>(
    engine: &Engine,
    lane: LaneName,
    stall: Duration,
    work: impl FnOnce(&Engine, &Cancellation, &Sender<T>) -> Result<()> + Send + 'static,
) -> Result<Events<T>> {
    let cancellation = Cancellation::new();
    let guard = CancelOnDrop(cancellation.clone());
    let (sender, events) = mpsc::channel(CAPACITY);
    let sender = Sender {
        events: sender,
        runtime: Handle::current(),
        stall,
    };
    let span = span_of(lane);
    engine.submit(lane, cancellation, move |engine, cancellation| {
        let _entered = span.entered();
        let panic = PanicNotice(Some(&sender));
        let outcome = work(engine, cancellation, &sender);
        panic.disarm();
        if let Err(error) = outcome {
            // Nobody is left to be told.
            sender.push(Err(error)).ok();
        }
        Ok(())
    })?;
    Ok(Events {
        events,
        _guard: guard,
    })
}

/// Tells the client when the work ends by a panic instead of leaving a reply that looks whole.
struct PanicNotice<'a, T>(Option<&'a Sender<T>>);

impl<T> PanicNotice<'_, T> {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl<T> Drop for PanicNotice<'_, T> {
    fn drop(&mut self) {
        if let Some(sender) = self.0 {
            sender
                .push(Err(Error::backend("engine", "the work panicked")))
                .ok();
        }
    }
}
