//! Jobs that fail: tried again, given up, and never half done.

use std::{future::pending, sync::Arc, time::Duration};

use sea_orm::ConnectionTrait;

use super::{acting, acting_within, beds, effect, job, start};
use crate::{
    entity::job::JobState,
    ports::{Effects, JobError, JobHandler},
};

/// Runs one job until it left the hands of the worker; gives the row.
async fn after_one_attempt(handler: Arc<dyn JobHandler>) -> Vec<crate::entity::job::Model> {
    let mut ended = Vec::new();
    for bed in beds().await {
        let worker = start(&bed.tools, handler.clone());
        let id = bed.enqueue(job()).await;
        let row = bed
            .until(id, |job| job.attempts == 1 && job.lease.is_none())
            .await;
        worker.stop().await;
        assert!(bed.effects().await.is_empty());
        ended.push(row);
    }
    ended
}

#[tokio::test]
async fn a_passing_failure_is_tried_again_later_each_time() {
    for bed in beds().await {
        let handler = acting(async |job| match job.attempt {
            1 | 2 => Err(JobError::Passing(format!("no {}", job.attempt))),
            _ => Ok(effect(&job)),
        });
        let worker = start(&bed.tools, handler);
        let id = bed.enqueue(job()).await;
        let mut now = bed.job(id).await.created_at;
        for (attempt, longest) in [(1, 5_000), (2, 10_000)] {
            let failed = bed
                .until(id, |job| {
                    job.attempts == attempt && job.state == JobState::Waiting
                })
                .await;
            assert_eq!(failed.error, Some(format!("no {attempt}")));
            let wait = failed.due_at - now;
            assert!((longest / 2..=longest).contains(&wait), "{wait}");
            bed.clock.advance(Duration::from_millis(wait as u64 - 1));
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert_eq!(bed.job(id).await.attempts, attempt, "too early");
            bed.clock.advance(Duration::from_millis(1));
            now = failed.due_at;
        }
        let done = bed.until_state(id, JobState::Done).await;
        worker.stop().await;
        assert_eq!((done.attempts, done.error), (3, None));
        assert_eq!(bed.effects().await.len(), 1);
    }
}

#[tokio::test]
async fn after_its_last_attempt_a_job_is_dead() {
    for bed in beds().await {
        let handler = acting(async |_| Err(JobError::Passing("still no".into())));
        let worker = start(&bed.tools, handler);
        let id = bed.enqueue(job().attempts(2).unique("once")).await;
        bed.until(id, |job| {
            job.attempts == 1 && job.state == JobState::Waiting
        })
        .await;
        bed.clock.advance(Duration::from_secs(6));
        let dead = bed.until_state(id, JobState::Dead).await;
        worker.stop().await;
        assert_eq!(
            (dead.attempts, dead.error.as_deref()),
            (2, Some("still no"))
        );
        assert!(dead.finished_at.is_some() && dead.unique_key.is_none());
    }
}

#[tokio::test]
async fn a_lasting_failure_is_not_tried_again() {
    let handler = acting(async |_| Err(JobError::Lasting("no such\0 address".into())));
    for row in after_one_attempt(handler).await {
        assert_eq!(
            (row.state, row.error.as_deref()),
            (JobState::Dead, Some("no such address"))
        );
    }
}

#[tokio::test]
async fn a_panic_is_a_failure() {
    let handler = acting(async |_| panic!("the handler has a fault"));
    for row in after_one_attempt(handler).await {
        assert_eq!(row.state, JobState::Waiting);
        assert!(
            row.error
                .unwrap()
                .ends_with("panicked: the handler has a fault")
        );
    }
}

#[tokio::test]
async fn effects_that_fail_or_panic_are_taken_back() {
    let failing = acting(async |job| {
        Ok(Effects::new(move |transaction| {
            Box::pin(async move {
                effect(&job).apply(transaction).await?;
                let nonsense = "INSERT INTO no_such_table VALUES (1)";
                transaction.execute_unprepared(nonsense).await?;
                Ok(())
            })
        }))
    });
    for row in after_one_attempt(failing).await {
        assert_eq!(row.state, JobState::Waiting);
        assert!(row.error.unwrap().contains("no_such_table"));
    }
    let panicking = acting(async |job| {
        Ok(Effects::new(move |transaction| {
            Box::pin(async move {
                effect(&job).apply(transaction).await?;
                panic!("half way")
            })
        }))
    });
    for row in after_one_attempt(panicking).await {
        assert_eq!(row.state, JobState::Waiting);
        assert!(row.error.unwrap().ends_with("half way"));
    }
}

#[tokio::test]
async fn a_job_that_takes_too_long_is_stopped() {
    let handler = acting_within(Duration::from_millis(50), |_| pending());
    for row in after_one_attempt(handler).await {
        assert_eq!(row.state, JobState::Waiting);
        assert!(row.error.unwrap().contains("longer than 0.05 s"));
    }
}
