//! Rebuilding segments in the background, once writing has come to rest.

use std::{
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::Shared;
use crate::{Error, Result};

/// Changed chunks that are worth an index: below, a full scan takes about two milliseconds.
const WORTH_IT: usize = 10_000;
/// How long writing must have rested, so that a bulk of documents is indexed once.
const REST: Duration = Duration::from_secs(10);

/// What was written since the last optimization.
#[derive(Debug, Default)]
pub(super) struct Changes {
    points: usize,
    last: Option<Instant>,
}

impl Changes {
    pub(super) fn add(&mut self, points: usize) {
        self.points += points;
        self.last = Some(Instant::now());
    }

    fn are_due(&self) -> bool {
        self.points >= WORTH_IT && self.last.is_some_and(|last| last.elapsed() >= REST)
    }
}

/// The background thread; dropping it waits for the end of what it does.
pub(super) struct Optimizer {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Optimizer {
    pub(super) fn start(shared: Arc<Shared>) -> Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let watch = move || {
            while stopped.recv_timeout(REST / 4) == Err(RecvTimeoutError::Timeout) {
                let due = shared.lock_changes().are_due();
                if due && let Err(error) = shared.optimize() {
                    tracing::error!(%error, "the index could not be optimized");
                }
            }
        };
        let thread = thread::Builder::new()
            .name("locutor-optimize".into())
            .spawn(watch)
            .map_err(Error::store)?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Optimizer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
            tracing::error!(?panic, "the optimizer ended with a panic");
        }
    }
}
