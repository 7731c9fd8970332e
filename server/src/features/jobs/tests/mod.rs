//! Queue, workers, schedules and routes on real databases of both kinds.

mod administration;
mod crash;
mod failure;
mod plan;
mod run;
mod schedule;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::future::BoxFuture;
use sea_orm::{ConnectionTrait, EntityTrait, Statement};
use serde_json::json;
use tokio::{sync::watch, task::JoinHandle};
use uuid::Uuid;

use super::{JobQueue, Schedule, Worker, WorkerSettings, WorkerTools};
use crate::{
    adapters::{SettableClock, SystemRandomness},
    database::{
        Database,
        testing::{TestDatabase, each},
    },
    entity::job::{Entity, JobState, Model},
    ports::{Effects, JobError, JobHandler, Jobs, NewJob, RunningJob},
};

/// A database with a queue and a table for effects.
pub struct Bed {
    pub test: TestDatabase,
    pub clock: Arc<SettableClock>,
    pub tools: WorkerTools,
}

/// One for each kind of database.
pub async fn beds() -> Vec<Bed> {
    let mut beds = Vec::new();
    for test in each().await {
        let create = "CREATE TABLE effect (job TEXT NOT NULL)";
        test.database
            .writer()
            .execute_unprepared(create)
            .await
            .unwrap();
        let clock = Arc::new(SettableClock::default());
        let tools = tools(test.database.clone(), clock.clone());
        beds.push(Bed { test, clock, tools });
    }
    beds
}

fn tools(database: Database, clock: Arc<SettableClock>) -> WorkerTools {
    let randomness = Arc::new(SystemRandomness);
    WorkerTools {
        database,
        clock: clock.clone(),
        randomness: randomness.clone(),
        queue: JobQueue::new(clock, randomness),
    }
}

impl Bed {
    /// As in another process: connections and a queue of its own.
    pub async fn elsewhere(&self) -> WorkerTools {
        let file = self.test.folder.database().unwrap();
        let database = Database::open(&self.test.settings, &file).await.unwrap();
        tools(database, self.clock.clone())
    }

    pub async fn enqueue(&self, job: NewJob) -> Uuid {
        let transaction = self.tools.database.begin().await.unwrap();
        let id = self.tools.queue.enqueue(&transaction, job).await.unwrap();
        transaction.commit().await.unwrap();
        self.tools.queue.wake();
        id
    }

    pub async fn job(&self, id: Uuid) -> Model {
        let found = Entity::find_by_id(id)
            .one(self.tools.database.reader())
            .await;
        found.unwrap().unwrap()
    }

    /// Waits until the job is as wanted.
    pub async fn until(&self, id: Uuid, wanted: impl Fn(&Model) -> bool) -> Model {
        for _ in 0..2000 {
            let job = self.job(id).await;
            if wanted(&job) {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it never came: {:?}", self.job(id).await);
    }

    pub async fn until_state(&self, id: Uuid, state: JobState) -> Model {
        self.until(id, |job| job.state == state).await
    }

    /// For each effect the job that had it.
    pub async fn effects(&self) -> Vec<String> {
        let reader = self.tools.database.reader();
        let select = Statement::from_string(self.tools.database.kind(), "SELECT job FROM effect");
        let rows = reader.query_all_raw(select).await.unwrap();
        rows.iter()
            .map(|row| row.try_get("", "job").unwrap())
            .collect()
    }
}

pub const KIND: &str = "test.act";

pub fn job() -> NewJob {
    NewJob::new(KIND, json!({}))
}

type Act = dyn Fn(RunningJob) -> BoxFuture<'static, Result<Effects, JobError>> + Send + Sync;

/// A handler that does what its function says.
pub struct Acting {
    act: Box<Act>,
    limit: Duration,
}

pub fn acting<F>(act: impl Fn(RunningJob) -> F + Send + Sync + 'static) -> Arc<dyn JobHandler>
where
    F: Future<Output = Result<Effects, JobError>> + Send + 'static,
{
    acting_within(Duration::from_mins(1), act)
}

pub fn acting_within<F>(
    limit: Duration,
    act: impl Fn(RunningJob) -> F + Send + Sync + 'static,
) -> Arc<dyn JobHandler>
where
    F: Future<Output = Result<Effects, JobError>> + Send + 'static,
{
    let act = Box::new(move |job| Box::pin(act(job)) as BoxFuture<'static, _>);
    Arc::new(Acting { act, limit })
}

#[async_trait]
impl JobHandler for Acting {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn time_limit(&self) -> Duration {
        self.limit
    }

    async fn work(&self, job: &RunningJob) -> Result<Effects, JobError> {
        (self.act)(job.clone()).await
    }
}

/// One row in the table of effects.
pub fn effect(job: &RunningJob) -> Effects {
    let id = job.id;
    Effects::new(move |transaction| {
        Box::pin(async move {
            let insert = format!("INSERT INTO effect (job) VALUES ('{id}')");
            transaction.execute_unprepared(&insert).await?;
            Ok(())
        })
    })
}

/// A handler that only has that effect.
pub fn writing() -> Arc<dyn JobHandler> {
    acting(async |job| Ok(effect(&job)))
}

pub fn settings() -> WorkerSettings {
    WorkerSettings {
        concurrency: 4,
        lease: Duration::from_secs(30),
        poll: Duration::from_millis(10),
        grace: Duration::from_secs(10),
    }
}

/// A worker in the background.
pub struct Started {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

pub fn start(tools: &WorkerTools, handler: Arc<dyn JobHandler>) -> Started {
    start_with(tools, handler, Vec::new(), settings())
}

pub fn start_with(
    tools: &WorkerTools,
    handler: Arc<dyn JobHandler>,
    schedules: Vec<Schedule>,
    settings: WorkerSettings,
) -> Started {
    let worker = Worker::new(tools.clone(), vec![handler], schedules, settings);
    let stop = watch::Sender::new(false);
    let task = tokio::spawn(worker.run(stop.subscribe()));
    Started { stop, task }
}

impl Started {
    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.task.await.unwrap();
    }

    /// As a kill: nothing that it would do at its end is done.
    pub async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}
