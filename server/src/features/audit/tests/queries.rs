//! Finding events: every condition alone, page by page, and through an index.

use sea_orm::QueryTrait;
use uuid::Uuid;

use super::{fill, logs, organisation, record};
use crate::{
    database::testing::{plan, uses_index},
    features::audit::{AuditService, Filter, store},
    ports::{AuditCategory, AuditEvent, AuditOutcome},
};

/// The sequences of the events that fit, newest first.
async fn fitting(audit: &AuditService, filter: Filter) -> Vec<i64> {
    let page = audit.list(&filter, None, 100).await.unwrap();
    page.data.iter().map(|event| event.sequence).collect()
}

/// Each condition with the events of [`each_condition_finds_its_events`] that fit it, and the
/// index that serves it; the last three only narrow what others find.
fn conditions() -> Vec<(Filter, Vec<i64>, &'static str)> {
    let none = Filter::default;
    vec![
        (
            Filter {
                within: Some(organisation(0)),
                ..none()
            },
            vec![5, 3, 1],
            "organisation",
        ),
        (
            Filter {
                organisation: Some(organisation(1)),
                ..none()
            },
            vec![4, 2],
            "organisation",
        ),
        (
            Filter {
                actor: Some(Uuid::from_u128(3)),
                ..none()
            },
            vec![4],
            "actor_id",
        ),
        (
            Filter {
                target: Some("2".into()),
                ..none()
            },
            vec![3],
            "target_id",
        ),
        (
            Filter {
                address: Some("127.0.0.1".into()),
                ..none()
            },
            vec![5, 4, 3, 2, 1],
            "address",
        ),
        (
            Filter {
                request_id: Some("request-4".into()),
                ..none()
            },
            vec![5],
            "request_id",
        ),
        (
            Filter {
                action: Some("session.".into()),
                ..none()
            },
            vec![5, 4, 3, 2, 1],
            "action",
        ),
        (
            Filter {
                action: Some("job".into()),
                ..none()
            },
            vec![6],
            "action",
        ),
        (
            Filter {
                category: Some(AuditCategory::System),
                ..none()
            },
            vec![6],
            "",
        ),
        (
            Filter {
                outcome: Some(AuditOutcome::Failure),
                ..none()
            },
            vec![6],
            "",
        ),
        (none(), vec![6, 5, 4, 3, 2, 1], ""),
    ]
}

#[tokio::test]
async fn each_condition_finds_its_events() {
    for (_test, audit) in logs().await {
        fill(&audit, 5).await;
        record(
            &audit,
            AuditEvent::new(AuditCategory::System, "job.fail").failed(),
        )
        .await;
        for (filter, sequences, _) in conditions() {
            assert_eq!(
                fitting(&audit, filter.clone()).await,
                sequences,
                "{filter:?}"
            );
        }
        let whole = audit
            .list(&Filter::default(), None, 100)
            .await
            .unwrap()
            .data;
        let between = Filter {
            from: Some(whole[4].at),
            to: Some(whole[2].at),
            ..Filter::default()
        };
        assert_eq!(fitting(&audit, between).await, [3, 2]);
        let nowhere = Filter {
            within: Some(organisation(0)),
            organisation: Some(organisation(1)),
            ..Filter::default()
        };
        assert!(fitting(&audit, nowhere).await.is_empty());
    }
}

#[tokio::test]
async fn pages_join_without_a_gap() {
    for (_test, audit) in logs().await {
        fill(&audit, 10).await;
        let mut before = None;
        let mut seen = Vec::new();
        loop {
            let page = audit.list(&Filter::default(), before, 3).await.unwrap();
            seen.extend(page.data.iter().map(|event| event.sequence));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, (1..=10).rev().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn every_query_uses_an_index() {
    for (test, audit) in logs().await {
        fill(&audit, 50).await;
        let database = &test.database;
        for (filter, _, index) in conditions() {
            let newest = store::newest(&filter, 40, 50).build(database.kind());
            let steps = plan(database, newest.clone()).await;
            assert!(uses_index(database, newest).await, "{filter:?}: {steps:?}");
            // PostgreSQL chooses by the size of the table, SQLite does not.
            if database.kind() == sea_orm::DbBackend::Sqlite && !index.is_empty() {
                let name = format!("audit_event_{index}");
                let served = steps.iter().any(|step| step.contains(&name));
                assert!(served, "{filter:?}: {steps:?}");
            }
            // An export reads on where the page before ended, in whichever order it is found.
            let oldest = store::oldest(&filter, 0, 40, 50).build(database.kind());
            assert!(uses_index(database, oldest).await, "{filter:?}");
        }
    }
}

/// The helper itself must be able to fail.
#[tokio::test]
async fn a_query_without_an_index_is_told() {
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

    use crate::entity::audit_event::{Column, Entity};

    for (test, _audit) in logs().await {
        let kind = test.database.kind();
        let unserved = Entity::find().filter(Column::Agent.eq("x")).build(kind);
        assert!(!uses_index(&test.database, unserved).await);
    }
}
