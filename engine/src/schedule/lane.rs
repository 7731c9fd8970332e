//! A bounded queue in front of worker threads.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

use super::Cancellation;
use crate::{Error, Result};

type Job = Box<dyn FnOnce() + Send>;

/// How busy a lane is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneStatus {
    /// Jobs waiting for a worker.
    pub waiting: usize,
    /// Jobs being worked on.
    pub running: usize,
    /// Most jobs that may wait.
    pub capacity: usize,
}

/// A bounded queue and its workers. Dropping it lets queued work finish and ends the threads.
#[derive(Debug)]
pub struct Lane {
    name: &'static str,
    queue: Sender<Job>,
    load: Arc<Load>,
    workers: usize,
}

#[derive(Debug, Default)]
struct Load {
    running: AtomicUsize,
    /// Exponential moving average of a job's time in milliseconds.
    typical_millis: AtomicU64,
}

/// Work that was accepted. Dropping it does not stop the work; its [`Cancellation`] does.
#[derive(Debug)]
pub struct Pending<T> {
    result: Receiver<Result<T>>,
    lane: &'static str,
}

impl<T> Pending<T> {
    /// Waits for the work to end.
    ///
    /// # Errors
    /// The work's own error; [`Error::Backend`] if it panicked.
    pub fn wait(self) -> Result<T> {
        self.result
            .recv()
            .unwrap_or_else(|_| Err(Error::backend(self.lane, "the work panicked")))
    }

    /// Waits for at most `limit`; `None` while the work goes on.
    pub fn wait_timeout(&self, limit: Duration) -> Option<Result<T>> {
        match self.result.recv_timeout(limit) {
            Ok(outcome) => Some(outcome),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                Some(Err(Error::backend(self.lane, "the work panicked")))
            }
        }
    }
}

impl Lane {
    /// Starts `workers` threads behind a queue of `capacity` jobs.
    ///
    /// # Errors
    /// [`Error::Backend`] when the system gives no thread.
    pub fn start(name: &'static str, workers: usize, capacity: usize) -> Result<Self> {
        let (queue, jobs) = bounded::<Job>(capacity.max(1));
        let load = Arc::new(Load::default());
        for number in 0..workers.max(1) {
            let (jobs, load) = (jobs.clone(), Arc::clone(&load));
            thread::Builder::new()
                .name(format!("locutor-{name}-{number}"))
                .spawn(move || work(&jobs, &load))
                .map_err(|source| Error::backend(name, source))?;
        }
        Ok(Self {
            name,
            queue,
            load,
            workers: workers.max(1),
        })
    }

    /// Queues work, or refuses at once when the queue is full.
    ///
    /// # Errors
    /// [`Error::Busy`] with an estimate of when to come back.
    pub fn submit<T: Send + 'static>(
        &self,
        cancellation: Cancellation,
        work: impl FnOnce(&Cancellation) -> Result<T> + Send + 'static,
    ) -> Result<Pending<T>> {
        let (reply, result) = bounded(1);
        let job = Box::new(move || {
            let outcome = cancellation.check().and_then(|()| work(&cancellation));
            // A caller who no longer waits needs no reply.
            reply.send(outcome).ok();
        });
        match self.queue.try_send(job) {
            Ok(()) => Ok(Pending {
                result,
                lane: self.name,
            }),
            Err(TrySendError::Full(_)) => Err(Error::Busy {
                lane: self.name,
                retry_after: self.expected_wait(),
            }),
            Err(TrySendError::Disconnected(_)) => {
                Err(Error::backend(self.name, "no worker is left"))
            }
        }
    }

    /// How busy the lane is now.
    pub fn status(&self) -> LaneStatus {
        LaneStatus {
            waiting: self.queue.len(),
            running: self.load.running.load(Ordering::Relaxed),
            capacity: self.queue.capacity().unwrap_or(0),
        }
    }

    fn expected_wait(&self) -> Duration {
        let ahead = self.queue.len().div_ceil(self.workers) as u64;
        let typical = self.load.typical_millis.load(Ordering::Relaxed).max(100);
        Duration::from_millis(typical.saturating_mul(ahead))
            .clamp(Duration::from_secs(1), Duration::from_mins(1))
    }
}

fn work(jobs: &Receiver<Job>, load: &Load) {
    while let Ok(job) = jobs.recv() {
        load.running.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        // A panic ends the job, not the worker; its caller sees the reply channel close.
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("a job panicked");
        }
        let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let typical = load.typical_millis.load(Ordering::Relaxed);
        let average = if typical == 0 {
            millis
        } else {
            (typical * 7 + millis.min(600_000)) / 8
        };
        load.typical_millis.store(average, Ordering::Relaxed);
        load.running.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_back_and_panics_do_not_kill_the_worker() {
        let lane = Lane::start("test", 1, 4).unwrap();
        let panicking = lane
            .submit::<()>(Cancellation::new(), |_| panic!("expected"))
            .unwrap();
        assert!(matches!(panicking.wait(), Err(Error::Backend { .. })));
        assert_eq!(
            lane.submit(Cancellation::new(), |_| Ok(7))
                .unwrap()
                .wait()
                .unwrap(),
            7
        );
    }

    #[test]
    fn a_full_queue_refuses_and_cancelled_work_never_runs() {
        let lane = Lane::start("test", 1, 1).unwrap();
        let (release, gate) = bounded::<()>(0);
        let first = lane
            .submit(Cancellation::new(), move |_| Ok(gate.recv().is_ok()))
            .unwrap();
        while lane.status().running == 0 {
            thread::yield_now();
        }
        let cancellation = Cancellation::new();
        let second = lane.submit(cancellation.clone(), |_| Ok(())).unwrap();
        assert!(matches!(
            lane.submit(Cancellation::new(), |_| Ok(())),
            Err(Error::Busy { .. })
        ));
        cancellation.cancel();
        release.send(()).unwrap();
        assert!(first.wait().unwrap());
        assert!(matches!(second.wait(), Err(Error::Cancelled)));
    }
}
