//! What a worker does beside the jobs: fires schedules, and measures the queue.
//!
//! Every process looks at the schedules once a second. Of several that find one due, the first to
//! move its `next_at` queues the job in the same transaction; the others find it moved. The next
//! time counts from now, so firings that were missed while nobody ran are made up for once.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use sea_orm::DbErr;
use serde_json::json;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{
    JobQueue, Schedule,
    measure::Gauges,
    outage::{Outage, Pause},
    store,
};
use crate::{
    database::Database,
    entity::schedule::Model,
    ports::{Clock, Jobs, NewJob},
};

/// Time between two measurements of the queue.
const MEASURE: Duration = Duration::from_secs(15);

/// Fires schedules and measures the queue.
pub struct Upkeep {
    /// Rows.
    pub database: Database,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where the jobs go.
    pub queue: JobQueue,
    /// The schedules of this program.
    pub schedules: Vec<Schedule>,
    /// Whether the database is away.
    pub outage: Arc<Outage>,
    /// Time between two looks.
    pub poll: Duration,
}

impl Upkeep {
    /// Works until asked to stop.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let (mut pause, mut gauges) = (Pause::default(), Gauges::default());
        let (mut registered, mut measured) = (false, None::<Instant>);
        loop {
            let wait = match self.step(&mut registered, &mut measured, &mut gauges).await {
                Ok(()) => {
                    pause.reset();
                    self.poll
                }
                Err(error) => {
                    self.outage.begin(&error);
                    pause.next()
                }
            };
            tokio::select! {
                // An error means that whoever could ask is gone.
                _ = stop.wait_for(|stop| *stop) => return,
                () = sleep(wait) => {}
            }
        }
    }

    async fn step(
        &self,
        registered: &mut bool,
        measured: &mut Option<Instant>,
        gauges: &mut Gauges,
    ) -> Result<(), DbErr> {
        if !*registered {
            self.register().await?;
            *registered = true;
        }
        self.fire().await?;
        if measured.is_none_or(|last| last.elapsed() >= MEASURE) {
            let depths = store::depths(self.database.reader()).await?;
            gauges.show(&depths, self.clock.now().as_millisecond());
            *measured = Some(Instant::now());
        }
        Ok(())
    }

    /// Makes the rows of the schedules equal to those of this program.
    pub async fn register(&self) -> Result<(), DbErr> {
        let now = self.clock.now();
        for schedule in &self.schedules {
            let Some(next_at) = next(schedule, now) else {
                continue;
            };
            let row = Model {
                name: schedule.name().to_owned(),
                kind: schedule.kind().to_owned(),
                cron: schedule.cron().to_owned(),
                next_at,
                last_at: None,
                enabled: true,
            };
            store::change(self.database.writer(), &row).await?;
            store::register(self.database.writer(), row).await?;
        }
        Ok(())
    }

    /// Queues the jobs of all schedules that are due; gives how many.
    pub async fn fire(&self) -> Result<usize, DbErr> {
        let now = self.clock.now();
        let due = store::due_schedules(self.database.reader(), now.as_millisecond()).await?;
        let mut fired = 0;
        for row in due {
            let known = self
                .schedules
                .iter()
                .find(|schedule| schedule.name() == row.name);
            if let Some(schedule) = known {
                fired += usize::from(self.fire_one(schedule, &row, now).await?);
            }
        }
        Ok(fired)
    }

    async fn fire_one(
        &self,
        schedule: &Schedule,
        row: &Model,
        now: Timestamp,
    ) -> Result<bool, DbErr> {
        let Some(next_at) = next(schedule, now) else {
            return Ok(false);
        };
        let transaction = self.database.begin().await?;
        if !store::fire(&transaction, row, now.as_millisecond(), next_at).await? {
            transaction.rollback().await?;
            return Ok(false);
        }
        // A job of the last time that still waits or runs stands for this time too.
        let job = NewJob::new(schedule.kind(), json!({ "schedule": schedule.name() }))
            .unique(format!("schedule:{}", schedule.name()));
        self.queue.enqueue(&transaction, job).await?;
        transaction.commit().await?;
        self.queue.wake();
        Ok(true)
    }
}

fn next(schedule: &Schedule, now: Timestamp) -> Option<i64> {
    match schedule.next(now) {
        Ok(next) => Some(next.as_millisecond()),
        Err(error) => {
            tracing::error!(schedule = schedule.name(), %error, "the schedule has no next time");
            None
        }
    }
}
