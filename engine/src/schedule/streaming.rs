//! Work whose intermediate results are read while it goes on.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::{Cancellation, Pending};
use crate::{Error, Result};

/// Events that may wait unread before the worker pauses.
const WAITING_EVENTS: usize = 64;

/// Running work: an iterator over its events, then its result from [`Streaming::finish`].
/// Dropping it stops the work.
#[derive(Debug)]
pub struct Streaming<E, T> {
    events: Receiver<E>,
    pending: Option<Pending<T>>,
    cancellation: Cancellation,
}

/// What a bounded wait for an event brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<E> {
    /// The next event.
    Event(E),
    /// Nothing yet.
    Waiting,
    /// There will be no further event.
    Ended,
}

/// The worker's end: where events go.
#[derive(Debug)]
pub struct Events<E>(Sender<E>);

impl<E> Events<E> {
    /// Hands over an event, waiting while the reader is behind.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when nobody reads any more.
    pub fn send(&self, event: E) -> Result<()> {
        self.0.send(event).map_err(|_| Error::Cancelled)
    }
}

impl<E, T> Streaming<E, T> {
    /// Starts work through `submit`, which gets the flag that stops it and the place for events.
    ///
    /// # Errors
    /// Those of `submit`.
    pub fn start(
        submit: impl FnOnce(Cancellation, Events<E>) -> Result<Pending<T>>,
    ) -> Result<Self> {
        let (sender, events) = bounded(WAITING_EVENTS);
        let cancellation = Cancellation::new();
        let pending = submit(cancellation.clone(), Events(sender))?;
        Ok(Self {
            events,
            pending: Some(pending),
            cancellation,
        })
    }

    /// The flag that stops this work.
    pub fn cancellation(&self) -> &Cancellation {
        &self.cancellation
    }

    /// Waits for the next event for at most `limit`.
    pub fn next_timeout(&self, limit: Duration) -> Step<E> {
        match self.events.recv_timeout(limit) {
            Ok(event) => Step::Event(event),
            Err(RecvTimeoutError::Timeout) => Step::Waiting,
            Err(RecvTimeoutError::Disconnected) => Step::Ended,
        }
    }

    /// Passes over the remaining events and gives the result.
    ///
    /// # Errors
    /// The work's own error.
    pub fn finish(mut self) -> Result<T> {
        while self.events.recv().is_ok() {}
        self.pending
            .take()
            .map_or(Err(Error::Cancelled), Pending::wait)
    }
}

impl<E, T> Iterator for Streaming<E, T> {
    type Item = E;

    fn next(&mut self) -> Option<E> {
        self.events.recv().ok()
    }
}

impl<E, T> Drop for Streaming<E, T> {
    fn drop(&mut self) {
        self.cancellation.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Lane;

    fn count(lane: &Lane, to: u32) -> Streaming<u32, u32> {
        Streaming::start(|cancellation, events| {
            lane.submit(cancellation, move |_| {
                (0..to).try_for_each(|number| events.send(number))?;
                Ok(to)
            })
        })
        .unwrap()
    }

    #[test]
    fn events_come_in_order_before_the_result() {
        let lane = Lane::start("test", 1, 4).unwrap();
        let mut streaming = count(&lane, 1000);
        assert_eq!(
            streaming.by_ref().take(999).collect::<Vec<_>>(),
            (0..999).collect::<Vec<_>>()
        );
        assert_eq!(streaming.finish().unwrap(), 1000);
    }

    #[test]
    fn a_reader_that_goes_away_frees_the_worker() {
        let lane = Lane::start("test", 1, 4).unwrap();
        drop(count(&lane, u32::MAX));
        assert_eq!(count(&lane, 3).finish().unwrap(), 3);
    }
}
