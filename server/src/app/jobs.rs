//! Background jobs: which there are, when they come back, and the worker that does them.
//!
//! A slice that has jobs adds its handlers to [`handlers`] and its rhythms to [`schedules`]; the
//! server and `locutor worker` both take them from here.

use std::sync::Arc;

use anyhow::Context;
use tokio::{sync::watch, task::JoinHandle};

use super::{
    Platform,
    retention::{AuditRetention, UsageRetention},
};
use crate::{
    config::Configuration,
    features::{
        accounts::{ErrandJob, TidyJob},
        alerts::{EvaluateJob, WebHookJob},
        documents::PurgeJob,
        jobs::{PurgeJobs, Schedule, Worker},
    },
    letters::LetterJob,
    ports::JobHandler,
};

/// Who does which kind of job.
fn handlers(configuration: &Configuration, platform: &Platform) -> Vec<Arc<dyn JobHandler>> {
    let foundation = &platform.foundation;
    let (database, clock) = (foundation.database.clone(), Arc::clone(&foundation.clock));
    let settings = Arc::new(configuration.auth.clone());
    let families = platform.sessions.families.clone();
    let letters = LetterJob::new(
        Arc::clone(&platform.backends.mailer),
        foundation.secret.clone(),
        &public_url(configuration),
    );
    vec![
        Arc::new(PurgeJobs::new(database, clock, &configuration.jobs)),
        Arc::new(letters),
        Arc::new(ErrandJob::new(foundation.clone(), Arc::clone(&settings))),
        Arc::new(TidyJob::new(
            foundation.clone(),
            settings,
            families,
            platform.organisations.clone(),
        )),
        Arc::new(PurgeJob::new(platform.documents.clone())),
        Arc::new(AuditRetention::new(
            platform.audit.clone(),
            Arc::clone(&foundation.clock),
            configuration,
        )),
        Arc::new(UsageRetention::new(
            platform.usage.clone(),
            Arc::clone(&foundation.clock),
            configuration,
        )),
        Arc::new(EvaluateJob::new(platform.alerts.clone())),
        Arc::new(WebHookJob::new(foundation.clone(), &configuration.alerts)),
    ]
}

/// What links in mails begin with.
pub fn public_url(configuration: &Configuration) -> String {
    let listened = || format!("http://{}", configuration.server.listen);
    configuration
        .auth
        .public_url
        .clone()
        .unwrap_or_else(listened)
}

/// Which jobs come back, in which rhythm: name, cron expression in UTC, kind.
fn schedules() -> anyhow::Result<Vec<Schedule>> {
    let all = [
        (PurgeJobs::KIND, "17 3 * * *", PurgeJobs::KIND),
        (TidyJob::KIND, "41 * * * *", TidyJob::KIND),
        (AuditRetention::KIND, "7 4 * * *", AuditRetention::KIND),
        (UsageRetention::KIND, "27 4 * * *", UsageRetention::KIND),
        (EvaluateJob::KIND, "* * * * *", EvaluateJob::KIND),
    ];
    all.into_iter()
        .map(|(name, cron, kind)| {
            Schedule::new(name, cron, kind).with_context(|| format!("schedule `{name}`: `{cron}`"))
        })
        .collect()
}

/// The worker as configured.
pub fn worker(configuration: &Configuration, platform: &Platform) -> anyhow::Result<Worker> {
    Ok(Worker::new(
        platform.tools.clone(),
        handlers(configuration, platform),
        schedules()?,
        (&configuration.jobs).into(),
    ))
}

/// A worker that runs beside the server.
pub struct Background {
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

/// Starts a worker, unless the configuration leaves jobs to `locutor worker`.
pub fn start(configuration: &Configuration, platform: &Platform) -> anyhow::Result<Background> {
    let stop = watch::Sender::new(false);
    let task = if configuration.jobs.run_in_server {
        let worker = worker(configuration, platform)?;
        Some(tokio::spawn(worker.run(stop.subscribe())))
    } else {
        None
    };
    Ok(Background { stop, task })
}

impl Background {
    /// Lets running jobs finish, for as long as configured, and gives back the others.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Some(Err(error)) = futures::future::OptionFuture::from(self.task).await {
            tracing::error!(%error, "the job worker failed");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sea_orm::EntityTrait;

    use super::*;
    use crate::{database::testing::each, entity::schedule};

    #[tokio::test]
    async fn the_server_knows_its_schedules_and_stops_at_once_when_idle() {
        for test in each().await {
            let names = async || {
                let rows = schedule::Entity::find().all(test.database.reader()).await;
                rows.unwrap()
                    .into_iter()
                    .map(|row| row.name)
                    .collect::<Vec<_>>()
            };
            let mut configuration = Configuration::default();
            let platform = Platform::build(&configuration, &test.folder, &test.database).unwrap();
            configuration.jobs.run_in_server = false;
            start(&configuration, &platform).unwrap().stop().await;
            assert!(names().await.is_empty());
            configuration.jobs.run_in_server = true;
            let background = start(&configuration, &platform).unwrap();
            while names().await.len() < schedules().unwrap().len() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let stopped = tokio::time::timeout(Duration::from_secs(3), background.stop()).await;
            assert!(stopped.is_ok());
            assert_eq!(names().await.len(), schedules().unwrap().len());
        }
    }
}
