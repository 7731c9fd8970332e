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

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use super::{
    Cancellation,
    queue::{Job, Queue},
};
use crate::{Error, Result};

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
    queue: Arc<Queue>,
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
        let lane = Self {
            name,
            queue: Arc::new(Queue::new(capacity.max(1))),
            load: Arc::new(Load::default()),
            workers: workers.max(1),
        };
        for number in 0..lane.workers {
            let (queue, load) = (Arc::clone(&lane.queue), Arc::clone(&lane.load));
            thread::Builder::new()
                .name(format!("locutor-{name}-{number}"))
                .spawn(move || work(&queue, &load))
                .map_err(|source| Error::backend(name, source))?;
        }
        Ok(lane)
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
        let stop = cancellation.clone();
        let run = Box::new(move || {
            let outcome = cancellation.check().and_then(|()| work(&cancellation));
            // A caller who no longer waits needs no reply.
            reply.send(outcome).ok();
        });
        if !self.queue.push(Job {
            cancellation: stop,
            run,
        }) {
            return Err(self.busy());
        }
        Ok(Pending {
            result,
            lane: self.name,
        })
    }

    /// Refuses while the queue is full.
    ///
    /// # Errors
    /// [`Error::Busy`], as [`Lane::submit`].
    pub fn ensure_room(&self) -> Result<()> {
        if self.queue.waiting() < self.queue.capacity() {
            Ok(())
        } else {
            Err(self.busy())
        }
    }

    fn busy(&self) -> Error {
        Error::Busy {
            lane: self.name,
            retry_after: self.expected_wait(),
        }
    }

    /// How busy the lane is now.
    pub fn status(&self) -> LaneStatus {
        LaneStatus {
            waiting: self.queue.waiting(),
            running: self.load.running.load(Ordering::Relaxed),
            capacity: self.queue.capacity(),
        }
    }

    fn expected_wait(&self) -> Duration {
        let ahead = self.queue.waiting().div_ceil(self.workers) as u64;
        let typical = self.load.typical_millis.load(Ordering::Relaxed).max(100);
        Duration::from_millis(typical.saturating_mul(ahead))
            .clamp(Duration::from_secs(1), Duration::from_mins(1))
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.queue.close();
    }
}

fn work(queue: &Queue, load: &Load) {
    while let Some(job) = queue.next() {
        load.running.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        // A panic ends the job, not the worker; its caller sees the reply channel close.
        if catch_unwind(AssertUnwindSafe(job.run)).is_err() {
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

    /// A lane with room for one more job, its running job, and what lets that end.
    fn busy_lane() -> (Lane, Pending<bool>, crossbeam_channel::Sender<()>) {
        let lane = Lane::start("test", 1, 1).unwrap();
        let (release, gate) = bounded::<()>(0);
        let running = lane
            .submit(Cancellation::new(), move |_| Ok(gate.recv().is_ok()))
            .unwrap();
        while lane.status().running == 0 {
            thread::yield_now();
        }
        (lane, running, release)
    }

    #[test]
    fn a_full_queue_refuses_and_cancelled_work_never_runs() {
        let (lane, first, release) = busy_lane();
        let cancellation = Cancellation::new();
        let second = lane.submit(cancellation.clone(), |_| Ok(())).unwrap();
        assert!(matches!(
            lane.submit(Cancellation::new(), |_| Ok(())),
            Err(Error::Busy { .. })
        ));
        assert!(matches!(lane.ensure_room(), Err(Error::Busy { .. })));
        cancellation.cancel();
        release.send(()).unwrap();
        assert!(first.wait().unwrap());
        assert!(matches!(second.wait(), Err(Error::Cancelled)));
    }

    #[test]
    fn cancelled_work_gives_up_its_place() {
        let (lane, first, release) = busy_lane();
        let cancellation = Cancellation::new();
        let second = lane.submit(cancellation.clone(), |_| Ok(2)).unwrap();
        cancellation.cancel();
        assert!(lane.ensure_room().is_ok());
        assert_eq!(lane.status().waiting, 0);
        let third = lane.submit(Cancellation::new(), |_| Ok(3)).unwrap();
        // It is told at once, while the worker is still busy.
        assert!(matches!(second.wait(), Err(Error::Cancelled)));
        release.send(()).unwrap();
        assert!(first.wait().unwrap());
        assert_eq!(third.wait().unwrap(), 3);
    }

    #[test]
    fn a_dropped_lane_finishes_what_it_accepted() {
        let lane = Lane::start("test", 1, 4).unwrap();
        let accepted: Vec<_> = (0..4)
            .map(|number| {
                lane.submit(Cancellation::new(), move |_| Ok(number))
                    .unwrap()
            })
            .collect();
        drop(lane);
        for (number, pending) in accepted.into_iter().enumerate() {
            assert_eq!(pending.wait().unwrap(), number);
        }
    }
}
