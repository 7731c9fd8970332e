//! Everything that somebody with access to the database alone could do to the log is found.

use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel};

use super::{fill, logs, with_key};
use crate::{
    entity::{audit_event, audit_head},
    features::audit::{
        AuditService, Verification,
        chain::hexadecimal,
        store,
        verify::{Anchor, FaultKind},
    },
};

const EVENTS: u64 = 10;

/// Does it to a fresh log and verifies; nothing may be wrong before.
async fn after(statements: &[&str]) -> Vec<Verification> {
    let mut all = Vec::new();
    for (_test, audit) in logs().await {
        fill(&audit, EVENTS).await;
        assert!(audit.verify(None).await.unwrap().intact);
        for statement in statements {
            let changed = audit
                .database
                .writer()
                .execute_unprepared(statement)
                .await
                .unwrap();
            assert!(changed.rows_affected() > 0, "{statement}");
        }
        all.push(audit.verify(None).await.unwrap());
    }
    all
}

async fn found(statements: &[&str], sequence: i64, kind: FaultKind) {
    for verification in after(statements).await {
        assert!(!verification.intact, "{statements:?}");
        let fault = verification.fault.unwrap();
        assert_eq!(
            (fault.sequence, fault.kind),
            (sequence, kind),
            "{statements:?}"
        );
    }
}

#[tokio::test]
async fn every_field_that_is_edited_is_found() {
    for change in [
        "at = at + 1",
        "category = 'user'",
        "action = 'session.end'",
        "outcome = 'failure'",
        "actor_kind = 'key'",
        "actor_kind = NULL",
        "actor_id = NULL",
        "organisation = NULL",
        "target_kind = 'user'",
        "target_id = ''",
        "address = '203.0.113.7'",
        "agent = NULL",
        "request_id = 'another'",
        "details = '{\"number\": 4}'",
        "id = (SELECT actor_id FROM audit_event WHERE sequence = 2)",
        "hash = previous_hash",
        "previous_hash = hash",
    ] {
        let statement = format!("UPDATE audit_event SET {change} WHERE sequence = 5");
        found(&[&statement], 5, FaultKind::Altered).await;
    }
}

#[tokio::test]
async fn events_that_were_removed_are_found_wherever_they_stood() {
    for (condition, first) in [
        ("sequence = 5", 5),
        ("sequence <= 3", 1),
        ("sequence = 1", 1),
        ("sequence >= 9", 9),
        ("sequence > 0", 1),
    ] {
        let statement = format!("DELETE FROM audit_event WHERE {condition}");
        found(&[&statement], first, FaultKind::Removed).await;
    }
}

#[tokio::test]
async fn removing_the_last_event_and_moving_the_end_back_is_found() {
    let back = "UPDATE audit_head SET sequence = 9, hash = (SELECT hash FROM audit_event WHERE sequence = 9)";
    let remove = "DELETE FROM audit_event WHERE sequence = 10";
    found(&[remove, back], 9, FaultKind::End).await;
    found(&["UPDATE audit_head SET seal = hash"], 10, FaultKind::End).await;
    found(&["DELETE FROM audit_head"], 10, FaultKind::End).await;
    found(&["UPDATE audit_head SET sequence = 0"], 10, FaultKind::End).await;
}

#[tokio::test]
async fn events_that_changed_places_are_found() {
    let swap = [
        "UPDATE audit_event SET sequence = 99 WHERE sequence = 4",
        "UPDATE audit_event SET sequence = 4 WHERE sequence = 7",
        "UPDATE audit_event SET sequence = 7 WHERE sequence = 99",
    ];
    found(&swap, 4, FaultKind::Altered).await;
    let close_gap = [
        "DELETE FROM audit_event WHERE sequence = 9",
        "UPDATE audit_event SET sequence = 9 WHERE sequence = 10",
    ];
    found(&close_gap, 9, FaultKind::Altered).await;
}

#[tokio::test]
async fn events_that_were_inserted_are_found() {
    for (_test, audit) in logs().await {
        for (place, kind, first) in [
            (0, FaultKind::Inserted, 0),
            (-5, FaultKind::Inserted, -5),
            (11, FaultKind::Altered, 11),
            (40, FaultKind::Removed, 11),
        ] {
            ensure_filled(&audit).await;
            let mut row = store::following(audit.database.reader(), 9, 1)
                .await
                .unwrap()
                .remove(0);
            row.sequence = place;
            row.id = uuid::Uuid::new_v4();
            let row = row.into_active_model().reset_all();
            row.insert(audit.database.writer()).await.unwrap();
            let fault = audit.verify(None).await.unwrap().fault.unwrap();
            assert_eq!((fault.sequence, fault.kind), (first, kind));
            audit_event::Entity::delete_by_id(place)
                .exec(audit.database.writer())
                .await
                .unwrap();
        }
    }
}

async fn ensure_filled(audit: &AuditService) {
    let verification = audit.verify(None).await.unwrap();
    assert!(verification.intact, "{verification:?}");
    fill(audit, EVENTS.saturating_sub(verification.checked)).await;
}

/// A later event must not seal over what was done.
#[tokio::test]
async fn an_end_that_was_moved_stays_broken_when_the_log_goes_on() {
    for (_test, audit) in logs().await {
        fill(&audit, EVENTS).await;
        for statement in [
            "DELETE FROM audit_event WHERE sequence = 10",
            "UPDATE audit_head SET sequence = 9, hash = (SELECT hash FROM audit_event WHERE sequence = 9)",
        ] {
            audit
                .database
                .writer()
                .execute_unprepared(statement)
                .await
                .unwrap();
        }
        fill(&audit, 5).await;
        let fault = audit.verify(None).await.unwrap().fault.unwrap();
        assert_eq!(fault.kind, FaultKind::End);
    }
}

#[tokio::test]
async fn a_chain_made_under_another_key_is_none() {
    for (test, audit) in logs().await {
        fill(&audit, 3).await;
        let fault = with_key(&test, 8)
            .verify(None)
            .await
            .unwrap()
            .fault
            .unwrap();
        assert_eq!((fault.sequence, fault.kind), (1, FaultKind::Altered));
    }
}

/// Only what was written down elsewhere tells a log that was emptied from one that never began.
#[tokio::test]
async fn an_anchor_finds_a_log_that_was_begun_anew() {
    for (_test, audit) in logs().await {
        fill(&audit, EVENTS).await;
        let end = audit.verify(None).await.unwrap().end.unwrap();
        let anchor: Anchor = end.to_string().parse().unwrap();
        assert!(audit.verify(Some(&anchor)).await.unwrap().intact);
        let writer = audit.database.writer();
        audit_event::Entity::delete_many()
            .exec(writer)
            .await
            .unwrap();
        let begin = audit_head::Model {
            id: audit_head::ONLY,
            sequence: 0,
            hash: Vec::new(),
            seal: Vec::new(),
        };
        begin
            .into_active_model()
            .reset_all()
            .update(writer)
            .await
            .unwrap();
        let fault = audit.verify(Some(&anchor)).await.unwrap().fault.unwrap();
        assert_eq!(fault.kind, FaultKind::Removed);
        fill(&audit, 2 * EVENTS).await;
        // The same events again, but not at the same times.
        let fault = audit.verify(Some(&anchor)).await.unwrap().fault.unwrap();
        assert_eq!((fault.sequence, fault.kind), (10, FaultKind::Anchor));
        assert_ne!(hexadecimal(&[]), anchor.hash);
    }
}
