//! Jobs that succeed: each once, whoever competes, and no sooner than asked for.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use uuid::Uuid;

use super::{WorkerSettings, acting, beds, effect, job, settings, start, start_with, writing};
use crate::{
    entity::job::JobState,
    ports::{Effects, Jobs},
};

#[tokio::test(flavor = "multi_thread")]
async fn competing_workers_run_each_job_once() {
    for bed in beds().await {
        let mut ids = HashSet::new();
        for _ in 0..40 {
            ids.insert(bed.enqueue(job()).await.to_string());
        }
        let runs = Arc::new(AtomicUsize::new(0));
        let mut workers = Vec::new();
        for _ in 0..4 {
            let runs = runs.clone();
            let handler = acting(move |job| {
                runs.fetch_add(1, Ordering::Relaxed);
                async move {
                    tokio::time::sleep(Duration::from_millis(3)).await;
                    Ok(effect(&job))
                }
            });
            workers.push(start(&bed.elsewhere().await, handler));
        }
        for id in &ids {
            let id = Uuid::parse_str(id).unwrap();
            let done = bed.until_state(id, JobState::Done).await;
            assert_eq!((done.attempts, done.lease, done.error), (1, None, None));
            assert!(done.finished_at.is_some());
        }
        for worker in workers {
            worker.stop().await;
        }
        let effects = bed.effects().await;
        assert_eq!(effects.len(), 40);
        assert_eq!(effects.into_iter().collect::<HashSet<_>>(), ids);
        assert_eq!(runs.load(Ordering::Relaxed), 40);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_allowed_run_at_the_same_time() {
    for bed in beds().await {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let seen = most.clone();
        let handler = acting(move |_| {
            let (now, most) = (now.clone(), most.clone());
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(20)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(Effects::none())
            }
        });
        let mut ids = Vec::new();
        for _ in 0..12 {
            ids.push(bed.enqueue(job()).await);
        }
        let settings = WorkerSettings {
            concurrency: 3,
            ..settings()
        };
        let worker = start_with(&bed.tools, handler, Vec::new(), settings);
        for id in ids {
            bed.until_state(id, JobState::Done).await;
        }
        worker.stop().await;
        assert_eq!(seen.load(Ordering::SeqCst), 3);
    }
}

#[tokio::test]
async fn a_job_is_there_only_if_its_transaction_commits() {
    for bed in beds().await {
        let worker = start(&bed.tools, writing());
        let transaction = bed.tools.database.begin().await.unwrap();
        bed.tools.queue.enqueue(&transaction, job()).await.unwrap();
        transaction.rollback().await.unwrap();
        let kept = bed.enqueue(job()).await;
        bed.until_state(kept, JobState::Done).await;
        worker.stop().await;
        assert_eq!(bed.effects().await, [kept.to_string()]);
    }
}

#[tokio::test]
async fn a_worker_that_is_woken_does_not_wait_for_its_next_look() {
    for bed in beds().await {
        let settings = WorkerSettings {
            poll: Duration::from_hours(1),
            ..settings()
        };
        let worker = start_with(&bed.tools, writing(), Vec::new(), settings);
        // Its first look finds nothing.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let id = bed.enqueue(job()).await;
        bed.until_state(id, JobState::Done).await;
        worker.stop().await;
    }
}

#[tokio::test]
async fn a_delayed_job_waits_for_its_time() {
    for bed in beds().await {
        let worker = start(&bed.tools, writing());
        let id = bed.enqueue(job().after(Duration::from_mins(10))).await;
        bed.clock.advance(Duration::from_secs(599));
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(bed.job(id).await.state, JobState::Waiting);
        bed.clock.advance(Duration::from_secs(1));
        bed.until_state(id, JobState::Done).await;
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_unique_jobs_one_is_unfinished_at_a_time() {
    for bed in beds().await {
        let unique = || job().unique("digest:monday");
        let racing = (0..8).map(|_| bed.enqueue(unique()));
        let ids: HashSet<_> = futures::future::join_all(racing)
            .await
            .into_iter()
            .collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
        let other = bed.enqueue(job().unique("digest:tuesday")).await;
        let worker = start(&bed.tools, writing());
        let first = ids.into_iter().next().unwrap();
        bed.until_state(first, JobState::Done).await;
        bed.until_state(other, JobState::Done).await;
        let again = bed.enqueue(unique()).await;
        assert_ne!(again, first);
        bed.until_state(again, JobState::Done).await;
        worker.stop().await;
        assert_eq!(bed.effects().await.len(), 3);
    }
}

#[tokio::test]
async fn kinds_without_a_handler_are_left_to_others() {
    for bed in beds().await {
        let mut foreign = job();
        foreign.kind = "test.unknown";
        let foreign = bed.enqueue(foreign).await;
        let known = bed.enqueue(job()).await;
        let worker = start(&bed.tools, writing());
        bed.until_state(known, JobState::Done).await;
        worker.stop().await;
        let left = bed.job(foreign).await;
        assert_eq!((left.state, left.attempts), (JobState::Waiting, 0));
    }
}
