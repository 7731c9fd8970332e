//! Schedules fire once, whoever competes and whatever was missed.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use sea_orm::EntityTrait;

use super::{Bed, KIND, beds, settings, start_with, writing};
use crate::{
    entity::{
        job::{self, JobState},
        schedule,
    },
    features::jobs::{Schedule, WorkerTools, outage::Outage, upkeep::Upkeep},
};

fn upkeep(tools: &WorkerTools, cron: &'static str) -> Upkeep {
    Upkeep {
        database: tools.database.clone(),
        clock: tools.clock.clone(),
        queue: tools.queue.clone(),
        schedules: vec![Schedule::new("often", cron, KIND).unwrap()],
        outage: Arc::new(Outage::default()),
        poll: Duration::from_millis(10),
    }
}

async fn jobs(bed: &Bed) -> Vec<job::Model> {
    job::Entity::find()
        .all(bed.tools.database.reader())
        .await
        .unwrap()
}

async fn row(bed: &Bed) -> schedule::Model {
    let found = schedule::Entity::find()
        .one(bed.tools.database.reader())
        .await;
    found.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_competing_processes_fire_once() {
    for bed in beds().await {
        let mut processes = Vec::new();
        for _ in 0..8 {
            processes.push(upkeep(&bed.elsewhere().await, "*/5 * * * *"));
        }
        join_all(processes.iter().map(Upkeep::register))
            .await
            .into_iter()
            .for_each(Result::unwrap);
        let race = || async { join_all(processes.iter().map(Upkeep::fire)).await };
        let fired = |all: Vec<Result<usize, _>>| all.into_iter().map(Result::unwrap).sum::<usize>();
        assert_eq!(fired(race().await), 0, "it is not due yet");
        bed.clock.advance(Duration::from_mins(5));
        assert_eq!(fired(race().await), 1);
        assert_eq!(fired(race().await), 0);
        // Several firings are missed; one makes up for them. The first job still waits and stands
        // for this one too.
        bed.clock.advance(Duration::from_mins(33));
        assert_eq!(fired(race().await), 1);
        let queued = jobs(&bed).await;
        assert_eq!(queued.len(), 1);
        assert_eq!(queued[0].unique_key.as_deref(), Some("schedule:often"));
        let row = row(&bed).await;
        let minutes = |millis: i64| (millis - 1_767_225_600_000) / 60_000;
        assert_eq!(
            (minutes(row.next_at), row.last_at.map(minutes)),
            (40, Some(38))
        );
    }
}

#[tokio::test]
async fn another_rhythm_in_the_program_changes_the_row() {
    for bed in beds().await {
        upkeep(&bed.tools, "0 * * * *").register().await.unwrap();
        let hourly = row(&bed).await;
        bed.clock.advance(Duration::from_mins(1));
        upkeep(&bed.tools, "0 * * * *").register().await.unwrap();
        assert_eq!(row(&bed).await, hourly);
        upkeep(&bed.tools, "*/10 * * * *").register().await.unwrap();
        let often = row(&bed).await;
        assert_eq!(often.cron, "*/10 * * * *");
        assert_eq!(hourly.next_at - often.next_at, 50 * 60_000);
    }
}

#[tokio::test]
async fn a_worker_fires_and_does_what_it_fired() {
    for bed in beds().await {
        let schedules = vec![Schedule::new("hourly", "0 * * * *", KIND).unwrap()];
        let worker = start_with(&bed.tools, writing(), schedules, settings());
        for hour in 1..=2 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            bed.clock.advance(Duration::from_hours(1));
            for _ in 0..1000 {
                if bed.effects().await.len() == hour {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            assert_eq!(bed.effects().await.len(), hour);
        }
        worker.stop().await;
        let queued = jobs(&bed).await;
        assert!(
            queued.iter().all(|job| job.state == JobState::Done),
            "{queued:?}"
        );
        assert_eq!(
            queued[0].payload,
            serde_json::json!({ "schedule": "hourly" })
        );
    }
}
