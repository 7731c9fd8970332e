//! Old events go, and the rest still verifies.

use jiff::Timestamp;
use sea_orm::ConnectionTrait;

use super::{fill, logs};
use crate::features::audit::{AuditError, AuditService, Filter, verify::FaultKind};

/// The time of an event.
async fn time_of(audit: &AuditService, sequence: i64) -> Timestamp {
    let page = audit
        .list(&Filter::default(), Some(sequence + 1), 1)
        .await
        .unwrap();
    page.data[0].at
}

async fn fault(audit: &AuditService) -> (i64, FaultKind) {
    let fault = audit.verify(None).await.unwrap().fault.unwrap();
    (fault.sequence, fault.kind)
}

#[tokio::test]
async fn what_is_left_verifies_and_goes_on() {
    for (_test, audit) in logs().await {
        fill(&audit, 10).await;
        assert_eq!(audit.purge(time_of(&audit, 1).await).await.unwrap(), 0);
        assert_eq!(audit.purge(time_of(&audit, 5).await).await.unwrap(), 4);
        let verification = audit.verify(None).await.unwrap();
        assert!(verification.intact, "{verification:?}");
        // Six are left, and the removal is an event too.
        assert_eq!((verification.first, verification.checked), (5, 7));
        fill(&audit, 3).await;
        assert_eq!(audit.purge(time_of(&audit, 8).await).await.unwrap(), 3);
        let verification = audit.verify(None).await.unwrap();
        assert!(
            verification.intact && verification.first == 8,
            "{verification:?}"
        );
        // Even all of it, without removing its own traces for ever.
        assert_eq!(audit.purge(Timestamp::MAX).await.unwrap(), 8);
        assert_eq!(audit.verify(None).await.unwrap().checked, 1);
    }
}

#[tokio::test]
async fn more_than_one_batch_is_removed() {
    let (_test, audit) = logs().await.remove(0);
    let transaction = audit.database.begin().await.unwrap();
    for number in 0..2_500 {
        let event = super::event(number);
        audit.log().record(&transaction, event).await.unwrap();
    }
    transaction.commit().await.unwrap();
    assert_eq!(audit.verify(None).await.unwrap().checked, 2_500);
    assert_eq!(
        audit.purge(time_of(&audit, 2_400).await).await.unwrap(),
        2_399
    );
    let verification = audit.verify(None).await.unwrap();
    assert!(
        verification.intact && verification.first == 2_400,
        "{verification:?}"
    );
}

#[tokio::test]
async fn a_beginning_that_was_removed_otherwise_is_found() {
    for (_test, audit) in logs().await {
        fill(&audit, 10).await;
        audit.purge(time_of(&audit, 4).await).await.unwrap();
        let writer = audit.database.writer();
        let more = "DELETE FROM audit_event WHERE sequence <= 6";
        writer.execute_unprepared(more).await.unwrap();
        assert_eq!(fault(&audit).await, (4, FaultKind::Removed));
        let forge = "UPDATE audit_checkpoint SET sequence = 6, hash = (SELECT previous_hash FROM audit_event WHERE sequence = 7)";
        writer.execute_unprepared(forge).await.unwrap();
        assert_eq!(fault(&audit).await, (6, FaultKind::Checkpoint));
        writer
            .execute_unprepared("DELETE FROM audit_checkpoint")
            .await
            .unwrap();
        assert_eq!(fault(&audit).await, (1, FaultKind::Removed));
    }
}

/// Otherwise removing old events in the ordinary way would remove the traces.
#[tokio::test]
async fn a_broken_beginning_is_not_removed() {
    for (_test, audit) in logs().await {
        fill(&audit, 10).await;
        let writer = audit.database.writer();
        let edit = "UPDATE audit_event SET outcome = 'failure' WHERE sequence = 3";
        writer.execute_unprepared(edit).await.unwrap();
        let refused = audit.purge(time_of(&audit, 8).await).await.unwrap_err();
        assert!(matches!(refused, AuditError::Broken(fault) if fault.sequence == 3));
        assert_eq!(fault(&audit).await, (3, FaultKind::Altered));
    }
}
