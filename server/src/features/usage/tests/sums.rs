//! What is counted comes out again: once, by every grouping, for those who may see it.

use futures::future::join_all;
use jiff::Timestamp;
use sea_orm::{ConnectionTrait, QueryTrait};

use super::{BEGIN, DAY, all_errors, by, caller, manager, observed, services};
use crate::{
    database::testing::uses_index,
    features::usage::{
        query::{Grouping, Range},
        store,
    },
};

#[tokio::test]
async fn sums_grow_with_every_flush() {
    for (_test, usage) in services().await {
        for round in 0..3 {
            for _ in 0..10 {
                usage.count(&observed(Some(caller(1)), BEGIN + round, 200));
            }
            usage.count(&observed(Some(caller(1)), BEGIN + round, 503));
            usage.flush().await.unwrap();
            usage.flush().await.unwrap();
        }
        let report = usage
            .report(&manager(), &by(Grouping::Route))
            .await
            .unwrap();
        assert_eq!(report.data.len(), 1);
        let group = &report.data[0];
        assert_eq!(
            (group.requests, group.failures, group.server_errors),
            (33, 3, 3)
        );
        assert_eq!((group.bytes_in, group.bytes_out), (330, 3_300));
        // Eleven times one and a half, cut to whole ones at each flush.
        assert_eq!(group.milliseconds, 48);
        assert_eq!(group.route.as_deref(), Some("/documents/{id}"));
        assert_eq!(group.actor_id, None);
        assert_eq!((report.errors[0].status, report.errors[0].count), (503, 3));
        let errors = usage.errors(&manager(), &all_errors()).await.unwrap().data;
        assert_eq!((errors.len(), errors[0].count), (1, 3));
        assert_eq!(errors[0].request_id, format!("request-{}", BEGIN + 2));
    }
}

#[tokio::test]
async fn groups_are_days_and_keys_of_the_callers_organisation() {
    for (_test, usage) in services().await {
        for day in 0..3 {
            usage.count(&observed(Some(caller(1)), BEGIN + day * DAY, 200));
            usage.count(&observed(Some(caller(2)), BEGIN + day * DAY, 500));
        }
        usage.count(&observed(None, BEGIN, 401));
        usage.flush().await.unwrap();
        let keys = usage.report(&manager(), &by(Grouping::Key)).await.unwrap();
        assert_eq!(keys.data.len(), 3);
        let own = usage.report(&caller(2), &by(Grouping::Key)).await.unwrap();
        assert_eq!(own.data.len(), 1);
        assert_eq!(own.data[0].actor_id, Some(caller(2).actor.id()));
        assert_eq!((own.errors.len(), own.errors[0].count), (1, 3));
        let days = usage.report(&caller(1), &by(Grouping::Day)).await.unwrap();
        let times: Vec<_> = days
            .data
            .iter()
            .map(|group| group.day.unwrap().as_millisecond())
            .collect();
        assert_eq!(times, [BEGIN, BEGIN + DAY, BEGIN + 2 * DAY]);
        assert!(days.errors.is_empty());
        assert!(
            usage
                .errors(&caller(1), &all_errors())
                .await
                .unwrap()
                .data
                .is_empty()
        );
        assert_eq!(
            usage
                .errors(&caller(2), &all_errors())
                .await
                .unwrap()
                .data
                .len(),
            3
        );
        let before = Timestamp::from_millisecond(BEGIN + DAY).unwrap();
        // Two rows and a failure of the callers, a row and a failure of nobody.
        assert_eq!(usage.purge(before).await.unwrap(), 5);
        assert_eq!(
            usage
                .report(&caller(1), &by(Grouping::Day))
                .await
                .unwrap()
                .data
                .len(),
            2
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_that_count_and_write_at_once_lose_nothing() {
    for (_test, usage) in services().await {
        let tasks = (0..16).map(|task| {
            let usage = usage.clone();
            tokio::spawn(async move {
                for number in 0..50 {
                    usage.count(&observed(Some(caller(task % 4)), BEGIN + number, 404));
                    if number % 10 == 0 {
                        usage.flush().await.unwrap();
                    }
                }
            })
        });
        for task in join_all(tasks).await {
            task.unwrap();
        }
        // The last sums are written by the graceful stop.
        usage.clone().run(async {}).await;
        let report = usage
            .report(&manager(), &by(Grouping::Route))
            .await
            .unwrap();
        assert_eq!(report.data[0].requests, 800);
        assert_eq!(report.errors[0].count, 800);
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_kept() {
    for (_test, usage) in services().await {
        let writer = usage.database.writer();
        let away = "ALTER TABLE usage_error RENAME TO away";
        writer.execute_unprepared(away).await.unwrap();
        usage.count(&observed(Some(caller(1)), BEGIN, 500));
        assert!(usage.flush().await.is_err());
        usage.count(&observed(Some(caller(1)), BEGIN, 500));
        let back = "ALTER TABLE away RENAME TO usage_error";
        writer.execute_unprepared(back).await.unwrap();
        usage.flush().await.unwrap();
        let report = usage
            .report(&manager(), &by(Grouping::Route))
            .await
            .unwrap();
        assert_eq!((report.data[0].requests, report.errors[0].count), (2, 2));
    }
}

#[tokio::test]
async fn memory_is_bounded_and_no_request_uncounted() {
    let (_test, usage) = services().await.remove(0);
    for number in 0..30_000 {
        usage.count(&observed(Some(caller(number)), BEGIN, 200));
    }
    usage.flush().await.unwrap();
    let report = usage
        .report(&manager(), &by(Grouping::Route))
        .await
        .unwrap();
    assert_eq!(report.data[0].requests, 30_000);
    let keys = usage.report(&manager(), &by(Grouping::Key)).await.unwrap();
    // Those that came too late are one, which has the most.
    assert_eq!(keys.data[0].requests, 10_000);
    assert_eq!(keys.data[0].actor_kind.as_deref(), Some("nobody"));
}

#[tokio::test]
async fn every_query_uses_an_index() {
    for (test, usage) in services().await {
        usage.count(&observed(Some(caller(1)), BEGIN, 500));
        usage.flush().await.unwrap();
        let kind = test.database.kind();
        for organisation in [None, Some(caller(1).organisation)] {
            let range = Range {
                from: BEGIN,
                to: BEGIN + DAY,
                organisation,
            };
            for grouping in [Grouping::Key, Grouping::Route, Grouping::Day] {
                let statement = store::sums(&range, grouping, 10).build(kind);
                assert!(uses_index(&test.database, statement).await, "{grouping:?}");
            }
            for statement in [
                store::codes(&range).build(kind),
                store::server_errors(&range, 10).build(kind),
            ] {
                let sql = statement.sql.clone();
                assert!(uses_index(&test.database, statement).await, "{sql}");
            }
        }
    }
}
