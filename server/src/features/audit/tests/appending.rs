//! What is written, and that many may write at once.

use futures::future::join_all;

use super::{event, fill, logs, record};
use crate::{
    database::Database,
    features::audit::{Filter, redact::REDACTED, store},
    ports::{AuditCategory, AuditEvent},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_that_append_at_once_make_one_chain() {
    for (test, audit) in logs().await {
        let appends = (0..64).map(|number| {
            let audit = audit.clone();
            tokio::spawn(async move { record(&audit, event(number)).await })
        });
        for append in join_all(appends).await {
            append.unwrap();
        }
        let verification = audit.verify(None).await.unwrap();
        assert!(verification.intact, "{verification:?}");
        assert_eq!(verification.checked, 64);
        // A second process appends to the same chain.
        let other = Database::open(&test.settings, &test.folder.database().unwrap())
            .await
            .unwrap();
        let other = crate::features::audit::AuditService {
            database: other,
            ..audit.clone()
        };
        let both = (0..32).map(|number| {
            let audit = if number % 2 == 0 { &audit } else { &other };
            record(audit, event(number))
        });
        join_all(both).await;
        assert_eq!(audit.verify(None).await.unwrap().checked, 96);
    }
}

#[tokio::test]
async fn an_event_is_there_if_and_only_if_its_transaction_is() {
    for (_test, audit) in logs().await {
        fill(&audit, 1).await;
        let transaction = audit.database.begin().await.unwrap();
        for number in 0..3 {
            audit
                .log()
                .record(&transaction, event(number))
                .await
                .unwrap();
        }
        transaction.rollback().await.unwrap();
        fill(&audit, 1).await;
        let page = audit.list(&Filter::default(), None, 10).await.unwrap();
        let sequences: Vec<_> = page.data.iter().map(|event| event.sequence).collect();
        assert_eq!(sequences, [2, 1]);
        assert!(audit.verify(None).await.unwrap().intact);
    }
}

#[tokio::test]
async fn secrets_and_zero_bytes_never_reach_the_database() {
    for (_test, audit) in logs().await {
        let hostile = AuditEvent::new(AuditCategory::User, "thing.change")
            .on("thing", "a\0b")
            .detail("new_password", "hunter2")
            .detail("note", "zero \0 and Ünïcode")
            .detail("inner", serde_json::json!([{ "refresh_token": "hunter2" }]));
        record(&audit, hostile).await;
        let rows = store::following(audit.database.reader(), 0, 10)
            .await
            .unwrap();
        assert!(!format!("{rows:?}").contains("hunter2"), "{rows:?}");
        let page = audit.list(&Filter::default(), None, 10).await.unwrap();
        assert_eq!(page.data[0].details["new_password"], REDACTED);
        assert_eq!(page.data[0].target_id.as_deref(), Some("a\u{fffd}b"));
        assert!(audit.verify(None).await.unwrap().intact);
    }
}
