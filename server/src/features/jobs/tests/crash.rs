//! Workers that end in the middle: every job runs to its end, its effects are there once.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use sea_orm::ConnectionTrait;
use tokio::sync::{Notify, Semaphore};

use super::{WorkerSettings, acting, beds, effect, job, settings, start, start_with, writing};
use crate::{entity::job::JobState, ports::Effects};

/// Longer than a lease.
const GONE: Duration = Duration::from_secs(31);

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_work_another_worker_does_it() {
    for bed in beds().await {
        let id = bed.enqueue(job()).await;
        let began = Arc::new(Notify::new());
        let begins = began.clone();
        let stuck = acting(move |_| {
            begins.notify_one();
            pending()
        });
        let first = start(&bed.elsewhere().await, stuck);
        began.notified().await;
        first.kill().await;
        let second = start(&bed.tools, writing());
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(
            bed.job(id).await.state,
            JobState::Running,
            "its lease still holds"
        );
        bed.clock.advance(GONE);
        let done = bed.until_state(id, JobState::Done).await;
        second.stop().await;
        assert_eq!(done.attempts, 2);
        assert_eq!(bed.effects().await, [id.to_string()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_its_effects_and_the_commit_it_leaves_none() {
    for bed in beds().await {
        let id = bed.enqueue(job()).await;
        let wrote = Arc::new(Notify::new());
        let writes = wrote.clone();
        let stuck = acting(move |job| {
            let writes = writes.clone();
            async move {
                Ok(Effects::new(move |transaction| {
                    Box::pin(async move {
                        effect(&job).apply(transaction).await?;
                        writes.notify_one();
                        pending().await
                    })
                }))
            }
        });
        let elsewhere = bed.elsewhere().await;
        let first = start(&elsewhere, stuck);
        wrote.notified().await;
        first.kill().await;
        // The process is gone, and its connections with it.
        drop(elsewhere);
        assert!(bed.effects().await.is_empty());
        bed.clock.advance(GONE);
        let second = start(&bed.tools, writing());
        bed.until_state(id, JobState::Done).await;
        second.stop().await;
        assert_eq!(bed.effects().await, [id.to_string()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_only_slow_writes_nothing_after_it_lost_its_job() {
    for bed in beds().await {
        let id = bed.enqueue(job()).await;
        let (began, gate) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let (begins, waits) = (began.clone(), gate.clone());
        let slow = acting(move |job| {
            begins.notify_one();
            let waits = waits.clone();
            async move {
                let _permit = waits.acquire().await.unwrap();
                Ok(effect(&job))
            }
        });
        // Its heartbeats come too late: they are 10 s apart, and the clock is moved. With a hand
        // free it might be the one to take its own job over.
        let one = WorkerSettings {
            concurrency: 1,
            ..settings()
        };
        let first = start_with(&bed.elsewhere().await, slow, Vec::new(), one);
        began.notified().await;
        bed.clock.advance(GONE);
        let second = start(&bed.tools, writing());
        let done = bed.until_state(id, JobState::Done).await;
        gate.add_permits(1);
        first.stop().await;
        second.stop().await;
        assert_eq!(bed.effects().await, [id.to_string()]);
        assert_eq!(bed.job(id).await, done, "the slow one changed nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_keep_a_long_job() {
    for bed in beds().await {
        let runs = Arc::new(AtomicUsize::new(0));
        let count = runs.clone();
        let long = acting(move |job| {
            count.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::time::sleep(Duration::from_millis(1500)).await;
                Ok(effect(&job))
            }
        });
        let settings = WorkerSettings {
            lease: Duration::from_millis(600),
            ..settings()
        };
        let id = bed.enqueue(job()).await;
        let first = start_with(
            &bed.elsewhere().await,
            long.clone(),
            Vec::new(),
            settings.clone(),
        );
        bed.until_state(id, JobState::Running).await;
        let second = start_with(&bed.tools, long, Vec::new(), settings);
        for _ in 0..130 {
            bed.clock.advance(Duration::from_millis(10));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bed.until_state(id, JobState::Done).await;
        first.stop().await;
        second.stop().await;
        assert_eq!(runs.load(Ordering::Relaxed), 1);
        assert_eq!(bed.effects().await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_kills_its_workers_is_given_up() {
    for bed in beds().await {
        let id = bed.enqueue(job().attempts(2)).await;
        for attempt in 1..=2 {
            let began = Arc::new(Notify::new());
            let begins = began.clone();
            let worker = start(
                &bed.tools,
                acting(move |_| {
                    begins.notify_one();
                    pending()
                }),
            );
            began.notified().await;
            worker.kill().await;
            assert_eq!(bed.job(id).await.attempts, attempt);
            bed.clock.advance(GONE);
        }
        let worker = start(&bed.tools, writing());
        let dead = bed.until_state(id, JobState::Dead).await;
        worker.stop().await;
        assert!(dead.error.unwrap().contains("2 workers"));
        assert!(bed.effects().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_stop_it_finishes_what_it_can_and_gives_back_the_rest() {
    for bed in beds().await {
        let began = Arc::new(Semaphore::new(0));
        let begins = began.clone();
        let handler = acting(move |job| {
            begins.add_permits(1);
            async move {
                if job.organisation.is_some() {
                    pending::<()>().await;
                }
                tokio::time::sleep(Duration::from_millis(150)).await;
                Ok(effect(&job))
            }
        });
        let short = bed.enqueue(job()).await;
        let endless = bed.enqueue(job().of(short)).await;
        let settings = WorkerSettings {
            grace: Duration::from_secs(1),
            ..settings()
        };
        let worker = start_with(&bed.tools, handler, Vec::new(), settings);
        let _both = began.acquire_many(2).await.unwrap();
        worker.stop().await;
        assert_eq!(bed.job(short).await.state, JobState::Done);
        let given_back = bed.job(endless).await;
        assert_eq!(
            (given_back.state, given_back.attempts, given_back.lease),
            (JobState::Waiting, 0, None)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_only_delays() {
    for bed in beds().await {
        let writer = bed.tools.database.writer();
        let gate = Arc::new(Semaphore::new(0));
        let waits = gate.clone();
        let handler = acting(move |job| {
            let waits = waits.clone();
            async move {
                let _permit = waits.acquire().await.unwrap();
                Ok(effect(&job))
            }
        });
        let worker = start(&bed.tools, handler);
        let running = bed.enqueue(job()).await;
        bed.until_state(running, JobState::Running).await;
        let waiting = bed.enqueue(job().after(Duration::from_secs(1))).await;
        bed.clock.advance(Duration::from_secs(2));
        let moved = "ALTER TABLE job RENAME TO job_away";
        writer.execute_unprepared(moved).await.unwrap();
        // The work of the first ends meanwhile; it must be neither lost nor done again.
        gate.add_permits(9);
        tokio::time::sleep(Duration::from_millis(700)).await;
        let back = "ALTER TABLE job_away RENAME TO job";
        writer.execute_unprepared(back).await.unwrap();
        let done = bed.until_state(running, JobState::Done).await;
        assert_eq!(done.attempts, 1);
        bed.until_state(waiting, JobState::Done).await;
        worker.stop().await;
        assert_eq!(bed.effects().await.len(), 2);
    }
}
