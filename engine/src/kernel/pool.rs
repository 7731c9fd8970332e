//! Threads for work that is shorter than waking a thread.
//!
//! A network of thirty layers hands out a hundred and fifty small jobs for each token. Workers
//! therefore look for the next job for a moment ([`SPINS`]) before they sleep. Whoever calls
//! [`Pool::run`] works too, and never waits for a worker that has not begun: a sleepy or
//! descheduled worker costs its help, not its wake-up time.

use std::{
    cell::UnsafeCell,
    hint,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
};

use crate::{Error, Result};

/// Looks at the state before a worker sleeps: some tens of microseconds.
const SPINS: usize = 4_000;

/// Bits of the state: workers in the job, whether it still takes workers, and its number.
const JOINED: u64 = 0xffff;
const OPEN: u64 = 1 << 16;
const NUMBER: u64 = 1 << 17;

/// Threads that work on one job at a time, together with its caller.
pub struct Pool {
    shared: Arc<Shared>,
    /// Callers take turns.
    turn: Mutex<()>,
    workers: Vec<JoinHandle<()>>,
}

struct Shared {
    state: AtomicU64,
    job: UnsafeCell<Option<Job>>,
    /// The next task that nobody has taken.
    next: AtomicUsize,
    panicked: AtomicBool,
    ended: AtomicBool,
    sleepers: AtomicUsize,
    lock: Mutex<()>,
    wake: Condvar,
}

/// A borrowed closure and its number of tasks.
#[derive(Clone, Copy)]
struct Job {
    work: *const (dyn Fn(usize) + Sync),
    tasks: usize,
}

// SAFETY: `job` is written only by the caller whose turn it is, while no job is open and no worker
// has joined; workers read it only after they joined, which the state's ordering puts after the
// write. The closure behind it is `Sync`, and `run` does not return before every worker has left.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Pool {
    /// A pool in which `threads` threads work on each job, the caller's among them.
    ///
    /// # Errors
    /// [`Error::Backend`] when the system gives no thread.
    pub fn new(threads: usize) -> Result<Self> {
        let shared = Arc::new(Shared {
            state: AtomicU64::new(0),
            job: UnsafeCell::new(None),
            next: AtomicUsize::new(0),
            panicked: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            sleepers: AtomicUsize::new(0),
            lock: Mutex::new(()),
            wake: Condvar::new(),
        });
        let workers = (1..threads.clamp(1, JOINED as usize)).map(|number| {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name(format!("locutor-kernel-{number}"))
                .spawn(move || shared.serve())
                .map_err(|source| Error::backend("kernel", source))
        });
        Ok(Self {
            workers: workers.collect::<Result<_>>()?,
            shared,
            turn: Mutex::new(()),
        })
    }

    /// Threads that work on a job.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Does `work` for every task below `tasks`, in any order, on all threads. Must not be called
    /// from within a job.
    ///
    /// # Panics
    /// When a task panics, after all threads have left the job.
    pub(crate) fn run(&self, tasks: usize, work: &(dyn Fn(usize) + Sync)) {
        if tasks <= 1 || self.workers.is_empty() {
            return (0..tasks).for_each(work);
        }
        let _turn = lock(&self.turn);
        self.shared.open(work, tasks);
        let outcome = catch_unwind(AssertUnwindSafe(|| self.shared.take_tasks(work, tasks)));
        self.shared.close();
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
        assert!(
            !self.shared.panicked.swap(false, SeqCst),
            "a kernel task panicked"
        );
    }

    /// Does `work` for every item, on all threads where there are several.
    pub(crate) fn share<T: Send>(
        &self,
        items: impl Iterator<Item = T>,
        work: impl Fn(&mut T) + Sync,
    ) {
        let mut items: Vec<T> = items.collect();
        self.each(&mut items, |_, item| work(item));
    }

    /// Does `work` for every item, on all threads.
    pub(crate) fn each<T: Send>(&self, items: &mut [T], work: impl Fn(usize, &mut T) + Sync) {
        let base = Base(items.as_mut_ptr());
        self.run(items.len(), &|index| {
            // SAFETY: `run` gives each index below the length to exactly one task, so this is the
            // only reference to the item, and the borrow of `items` outlives `run`.
            work(index, unsafe { &mut *base.at(index) });
        });
    }
}

/// A pointer that tasks share; whoever uses it sees to it that they touch different elements.
pub(super) struct Base<T>(pub(super) *mut T);

// SAFETY: a pointer alone does nothing; each use argues for itself.
unsafe impl<T: Send> Send for Base<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Base<T> {}

impl<T> Base<T> {
    /// The element's address.
    ///
    /// # Safety
    /// The index must lie within the allocation.
    pub(super) unsafe fn at(&self, index: usize) -> *mut T {
        // SAFETY: the caller keeps the index within the allocation.
        unsafe { self.0.add(index) }
    }
}

impl Shared {
    fn open(&self, work: &(dyn Fn(usize) + Sync), tasks: usize) {
        // SAFETY: only the lifetime is erased; `close` waits until no worker uses it any more.
        let work: *const (dyn Fn(usize) + Sync) =
            unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), _>(work) };
        // SAFETY: the caller has its turn and the last job was closed, so nobody else looks here.
        unsafe { *self.job.get() = Some(Job { work, tasks }) };
        self.next.store(0, SeqCst);
        let state = self.state.load(SeqCst);
        self.state.store((state | OPEN) + NUMBER, SeqCst);
        if self.sleepers.load(SeqCst) > 0 {
            let _guard = lock(&self.lock);
            self.wake.notify_all();
        }
    }

    /// Lets no more workers in and waits for those that are.
    fn close(&self) {
        self.state.fetch_and(!OPEN, SeqCst);
        let mut looks = 0_usize;
        while self.state.load(SeqCst) & JOINED != 0 {
            looks += 1;
            if looks.is_multiple_of(SPINS) {
                thread::yield_now();
            }
            hint::spin_loop();
        }
    }

    fn take_tasks(&self, work: &(dyn Fn(usize) + Sync), tasks: usize) {
        loop {
            let task = self.next.fetch_add(1, SeqCst);
            if task >= tasks {
                return;
            }
            work(task);
        }
    }

    /// A worker's life.
    fn serve(&self) {
        let mut seen = 0;
        while let Some(state) = self.wait(seen) {
            let joined = self
                .state
                .compare_exchange(state, state + 1, SeqCst, SeqCst);
            if joined.is_err() {
                continue;
            }
            seen = state / NUMBER;
            self.help();
            self.state.fetch_sub(1, SeqCst);
        }
    }

    fn help(&self) {
        // SAFETY: this worker joined an open job, which stays until the worker leaves.
        let job = unsafe { *self.job.get() };
        let Some(Job { work, tasks }) = job else {
            return;
        };
        // SAFETY: as above; the closure is borrowed by `run`, which has not returned.
        let work = unsafe { &*work };
        if catch_unwind(AssertUnwindSafe(|| self.take_tasks(work, tasks))).is_err() {
            self.panicked.store(true, SeqCst);
        }
    }

    /// The state with an open job that is not the one seen last; `None` at the end.
    fn wait(&self, seen: u64) -> Option<u64> {
        let fresh = || {
            let state = self.state.load(SeqCst);
            (state & OPEN != 0 && state / NUMBER != seen).then_some(state)
        };
        for _ in 0..SPINS {
            if let Some(state) = fresh() {
                return Some(state);
            }
            hint::spin_loop();
        }
        let mut guard = lock(&self.lock);
        self.sleepers.fetch_add(1, SeqCst);
        let found = loop {
            if self.ended.load(SeqCst) {
                break None;
            }
            if let Some(state) = fresh() {
                break Some(state);
            }
            guard = self
                .wake
                .wait(guard)
                .unwrap_or_else(PoisonError::into_inner);
        };
        self.sleepers.fetch_sub(1, SeqCst);
        found
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.ended.store(true, SeqCst);
        {
            let _guard = lock(&self.shared.lock);
            self.shared.wake.notify_all();
        }
        for worker in self.workers.drain(..) {
            // Its panics were caught, and there is nobody left to tell.
            worker.join().ok();
        }
    }
}

fn lock(mutex: &Mutex<()>) -> MutexGuard<'_, ()> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_done_once_however_many_jobs_there_are() {
        let pool = Pool::new(3).unwrap();
        for tasks in (0..400).chain([10_000]) {
            let mut counts = vec![0_u32; tasks];
            pool.each(&mut counts, |_, count| *count += 1);
            assert!(counts.iter().all(|count| *count == 1));
        }
    }

    #[test]
    fn callers_from_several_threads_take_turns() {
        let pool = Pool::new(2).unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let sum = AtomicUsize::new(0);
                        pool.run(10, &|task| {
                            sum.fetch_add(task, SeqCst);
                        });
                        assert_eq!(sum.into_inner(), 45);
                    }
                });
            }
        });
    }

    #[test]
    fn workers_wake_after_a_pause() {
        let pool = Pool::new(2).unwrap();
        thread::sleep(std::time::Duration::from_millis(20));
        let names = Mutex::new(std::collections::HashSet::new());
        pool.run(2, &|_| {
            thread::sleep(std::time::Duration::from_millis(50));
            names.lock().unwrap().insert(thread::current().id());
        });
        assert_eq!(names.into_inner().unwrap().len(), 2);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_leaves_the_pool_usable() {
        let pool = Pool::new(2).unwrap();
        for _ in 0..20 {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                pool.run(64, &|task| assert!(task != 40, "expected"));
            }));
            assert!(outcome.is_err());
        }
        pool.run(4, &|_| {});
    }
}
