//! The jobs that wait for a worker.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use super::Cancellation;

/// Work, and what calls it off.
pub(super) struct Job {
    pub(super) cancellation: Cancellation,
    /// Tells its caller of a cancellation by itself, without working.
    pub(super) run: Box<dyn FnOnce() + Send>,
}

/// First in, first out, of bounded length. A cancelled job holds no place: it is answered as soon
/// as anybody looks at the queue.
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    capacity: usize,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            capacity,
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Takes the job in, unless the queue is full.
    pub(super) fn push(&self, job: Job) -> bool {
        self.answer_cancelled();
        let mut state = self.state();
        if state.jobs.len() >= self.capacity {
            return false;
        }
        state.jobs.push_back(job);
        self.changed.notify_one();
        true
    }

    /// Waits for the next job; `None` once the queue is closed and empty.
    pub(super) fn next(&self) -> Option<Job> {
        let mut state = self
            .changed
            .wait_while(self.state(), |state| state.jobs.is_empty() && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        state.jobs.pop_front()
    }

    /// Jobs that wait and are still wanted.
    pub(super) fn waiting(&self) -> usize {
        self.answer_cancelled();
        self.state().jobs.len()
    }

    /// Lets the workers end once nothing is left to do.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    fn answer_cancelled(&self) {
        let cancelled: Vec<Job> = {
            let mut state = self.state();
            if state.jobs.iter().all(Job::is_wanted) {
                return;
            }
            let (wanted, cancelled) = state.jobs.drain(..).partition(Job::is_wanted);
            state.jobs = wanted;
            Vec::from(cancelled)
        };
        // Outside the lock: what a job holds is dropped here, and may take its time.
        for job in cancelled {
            (job.run)();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    fn is_wanted(&self) -> bool {
        !self.cancellation.is_cancelled()
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Queue")
            .field("waiting", &self.state().jobs.len())
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
