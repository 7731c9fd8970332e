//! Claims jobs that are due and runs them, several at a time.
//!
//! look (when woken, when a job ended, at least once a second) -> candidates -> one conditional
//! UPDATE claims each -> an [`Attempt`] in a task of its own. Asked to stop, a worker claims no
//! more, lets running jobs finish for a while, and gives back the others. Dropped or killed, it
//! leaves its jobs to the end of their leases.

use std::{collections::HashMap, sync::Arc, time::Duration};

use sea_orm::DbErr;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    JobQueue, Schedule,
    attempt::{Attempt, Surroundings},
    outage::{Outage, Pause},
    queue::milliseconds,
    store::{self, Claim, Held},
    upkeep::Upkeep,
};
use crate::{
    config::JobSettings,
    database::Database,
    entity::job::{JobState, Model},
    ports::{Clock, JobHandler, Randomness},
};

/// Candidates beyond those that can be claimed: other workers may be faster with some.
const SPARE: usize = 8;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Jobs at the same time, at least 1.
    pub concurrency: usize,
    /// How long a claim holds without a heartbeat; much more than clocks of machines differ.
    pub lease: Duration,
    /// Longest time between two looks.
    pub poll: Duration,
    /// How long running jobs may take to finish once asked to stop.
    pub grace: Duration,
}

impl From<&JobSettings> for WorkerSettings {
    fn from(settings: &JobSettings) -> Self {
        Self {
            concurrency: settings.workers.max(1),
            lease: Duration::from_secs(30),
            poll: Duration::from_secs(1),
            grace: Duration::from_secs(settings.stop_seconds),
        }
    }
}

/// What a worker works with.
#[derive(Clone)]
pub struct WorkerTools {
    /// Rows.
    pub database: Database,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub randomness: Arc<dyn Randomness>,
    /// What wakes it, and where schedules put their jobs.
    pub queue: JobQueue,
}

/// Does jobs, and fires schedules.
pub struct Worker {
    name: String,
    handlers: HashMap<&'static str, Arc<dyn JobHandler>>,
    settings: WorkerSettings,
    queue: JobQueue,
    surroundings: Arc<Surroundings>,
    upkeep: Option<Upkeep>,
    running: JoinSet<()>,
}

impl Worker {
    /// Does jobs of the kinds that have a handler, and leaves all others to other programs.
    pub fn new(
        tools: WorkerTools,
        handlers: Vec<Arc<dyn JobHandler>>,
        schedules: Vec<Schedule>,
        settings: WorkerSettings,
    ) -> Self {
        let WorkerTools {
            database,
            clock,
            randomness,
            queue,
        } = tools;
        let identifier = randomness.identifier(clock.as_ref());
        let outage = Arc::new(Outage::default());
        let upkeep = Upkeep {
            database: database.clone(),
            clock: clock.clone(),
            queue: queue.clone(),
            schedules,
            outage: outage.clone(),
            poll: settings.poll,
        };
        let surroundings = Surroundings {
            database,
            clock,
            randomness,
            lease: settings.lease,
            outage,
        };
        Self {
            name: format!("{}:{identifier}", std::process::id()),
            handlers: handlers
                .into_iter()
                .map(|handler| (handler.kind(), handler))
                .collect(),
            settings,
            queue,
            surroundings: Arc::new(surroundings),
            upkeep: Some(upkeep),
            running: JoinSet::new(),
        }
    }

    /// Works until the value becomes true or its sender is gone.
    pub async fn run(mut self, stop: watch::Receiver<bool>) {
        let upkeep = self.upkeep.take();
        let beside = async {
            if let Some(upkeep) = upkeep {
                upkeep.run(stop.clone()).await;
            }
        };
        tokio::join!(beside, self.run_jobs(stop.clone()));
    }

    async fn run_jobs(mut self, mut stop: watch::Receiver<bool>) {
        let mut pause = Pause::default();
        while !*stop.borrow() && stop.has_changed().is_ok() {
            let wait = match self.look().await {
                Ok(()) => {
                    pause.reset();
                    self.settings.poll
                }
                Err(error) => {
                    self.surroundings.outage.begin(&error);
                    pause.next()
                }
            };
            self.rest(wait, &mut stop).await;
        }
        self.finish().await;
    }

    /// Waits for a reason to look again.
    async fn rest(&mut self, wait: Duration, stop: &mut watch::Receiver<bool>) {
        let free = self.running.len() < self.settings.concurrency;
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => {}
            Some(_) = self.running.join_next() => {}
            () = self.queue.news(), if free => {}
            () = sleep(wait), if free => {}
        }
    }

    /// Claims and starts what is due, until nothing is left or all hands are full.
    async fn look(&mut self) -> Result<(), DbErr> {
        while self.running.try_join_next().is_some() {}
        let kinds: Vec<_> = self.handlers.keys().copied().collect();
        while self.running.len() < self.settings.concurrency {
            let most = self.settings.concurrency - self.running.len() + SPARE;
            let reader = self.surroundings.database.reader();
            let found = store::candidates(reader, &kinds, self.now(), most as u64).await?;
            self.surroundings.outage.end();
            if found.is_empty() {
                break;
            }
            for job in found {
                if self.running.len() < self.settings.concurrency {
                    self.take(job).await?;
                }
            }
        }
        Ok(())
    }

    /// Claims a job and starts it, unless somebody was faster.
    async fn take(&mut self, job: Model) -> Result<(), DbErr> {
        let Some(handler) = self.handlers.get(job.kind.as_str()).cloned() else {
            return Ok(());
        };
        if job.attempts >= job.max_attempts && job.state == JobState::Running {
            return self.give_up(&job).await;
        }
        let Some(held) = self.claim(&job).await? else {
            return Ok(());
        };
        let surroundings = self.surroundings.clone();
        let attempt = Attempt {
            surroundings,
            handler,
            job,
            held,
        };
        self.running.spawn(attempt.run());
        Ok(())
    }

    async fn claim(&self, job: &Model) -> Result<Option<Held>, DbErr> {
        let around = &*self.surroundings;
        let now = self.now();
        let held = Held {
            id: job.id,
            lease: around.randomness.identifier(around.clock.as_ref()),
        };
        let claim = Claim {
            held,
            worker: &self.name,
            attempts: job.attempts,
            now,
            until: now.saturating_add(milliseconds(around.lease)),
        };
        if !store::claim(around.database.writer(), claim).await? {
            return Ok(None);
        }
        if job.state == JobState::Running {
            tracing::warn!(job = %job.id, kind = job.kind, worker = job.worker, "the worker of this job is gone; taking it over");
        }
        Ok(Some(held))
    }

    /// A job whose workers all ended in the middle of it: it may be what ends them.
    async fn give_up(&self, job: &Model) -> Result<(), DbErr> {
        let error = format!(
            "each of {} workers that tried it ended in the middle or no longer answered",
            job.attempts
        );
        let writer = self.surroundings.database.writer();
        if store::bury_abandoned(writer, job.id, &error, self.now()).await? {
            tracing::error!(job = %job.id, kind = job.kind, error, "the job is given up");
        }
        Ok(())
    }

    async fn finish(mut self) {
        let all = async { while self.running.join_next().await.is_some() {} };
        if timeout(self.settings.grace, all).await.is_err() {
            tracing::warn!(
                jobs = self.running.len(),
                "stopping jobs that are still running; they start again later"
            );
            self.running.shutdown().await;
        }
        let writer = self.surroundings.database.writer();
        match store::release(writer, &self.name).await {
            Ok(jobs) => tracing::info!(given_back = jobs, "the worker stopped"),
            // Their leases run out by themselves.
            Err(error) => tracing::warn!(%error, "the worker stopped without giving its jobs back"),
        }
    }

    fn now(&self) -> i64 {
        self.surroundings.clock.now().as_millisecond()
    }
}
