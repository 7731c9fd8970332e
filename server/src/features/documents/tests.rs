//! The use cases on a real database.

use std::time::Duration;

use locutor::text::Format;
use uuid::Uuid;

use super::{DocumentError, DocumentService, NewDocument, Outcome, Seen, Status, store};
use crate::{
    access::{Actor, Caller, Requester, Scope, ScopeSet},
    features::{
        audit::Filter,
        organisations::FIRST,
        testing::{World, from, sqlite_world},
    },
    http::Page,
};

pub(super) async fn service() -> (World, DocumentService) {
    let world = sqlite_world().await;
    let documents = DocumentService::new(world.foundation.clone(), 10_000);
    (world, documents)
}

/// A program with a key of the first organisation.
pub(super) fn requester() -> Requester {
    Requester {
        caller: Caller {
            actor: Actor::Key {
                id: Uuid::from_u128(1),
            },
            organisation: FIRST,
            scopes: ScopeSet::default().with(Scope::DocumentsWrite),
        },
        origin: from("203.0.113.7"),
    }
}

pub(super) fn document(external_id: Option<&str>, text: &str) -> NewDocument {
    NewDocument {
        seen: Seen::Unknown,
        organisation: FIRST,
        id: None,
        external_id: external_id.map(str::to_owned),
        title: None,
        format: Format::Markdown,
        text: text.into(),
        tags: vec!["a".into()],
    }
}

fn page(limit: u64, after: Option<Uuid>) -> Page {
    Page { limit, after }
}

#[tokio::test]
async fn an_added_document_has_rows_and_a_task() {
    let (_folder, documents) = service().await;
    let text = "# Mill\n\nThe mill grinds barley.";
    let (added, outcome) = documents.add(document(None, text), None).await.unwrap();
    assert_eq!(
        (outcome, added.status, added.title.as_str()),
        (Outcome::Created, Status::Pending, "Mill")
    );
    let chunks = store::chunks(documents.foundation.database.reader(), added.id)
        .await
        .unwrap();
    assert_eq!(chunks.len(), added.chunks as usize);
    let (start, end) = (
        chunks[0].start_offset as usize,
        chunks[0].end_offset as usize,
    );
    assert!(text[start..end].contains("grinds barley"));
    let task = store::next_task(documents.foundation.database.reader())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(task.document_id, added.id);
    let (read, content) = documents.get(FIRST, added.id).await.unwrap().unwrap();
    assert_eq!((read.tags, content.as_str()), (vec!["a".to_owned()], text));
}

#[tokio::test]
async fn the_same_external_id_replaces_and_the_same_text_changes_nothing() {
    let (_folder, documents) = service().await;
    let (first, _) = documents
        .add(document(Some("x"), "One."), None)
        .await
        .unwrap();
    let (same, outcome) = documents
        .add(document(Some("x"), "One."), None)
        .await
        .unwrap();
    assert_eq!(
        (same.id, same.updated_at, outcome),
        (first.id, first.updated_at, Outcome::Unchanged)
    );
    let (second, outcome) = documents
        .add(document(Some("x"), "Two."), None)
        .await
        .unwrap();
    assert_eq!(
        (second.id, second.created_at, outcome),
        (first.id, first.created_at, Outcome::Replaced)
    );
    let chunks = store::chunks(documents.foundation.database.reader(), first.id)
        .await
        .unwrap();
    assert!(
        chunks.iter().all(|chunk| chunk.text.contains("Two")),
        "{chunks:?}"
    );
    let other = NewDocument {
        id: Some(Uuid::nil()),
        ..document(Some("x"), "Three.")
    };
    assert!(matches!(
        documents.add(other, None).await,
        Err(DocumentError::Conflict { .. })
    ));
}

#[tokio::test]
async fn pages_hold_every_document_once() {
    let (world, documents) = service().await;
    for number in 0..5 {
        // Ids of one moment have no order.
        world.wait(Duration::from_secs(1));
        documents
            .add(document(None, &format!("Number {number}.")), None)
            .await
            .unwrap();
    }
    let first = documents.list(FIRST, &page(3, None)).await.unwrap();
    let second = documents.list(FIRST, &page(3, first.next)).await.unwrap();
    assert_eq!(
        (first.data.len(), second.data.len(), second.next),
        (3, 2, None)
    );
    let titles: Vec<_> = first
        .data
        .iter()
        .chain(&second.data)
        .map(|document| document.title.as_str())
        .collect();
    assert_eq!(
        titles,
        [
            "Number 0.",
            "Number 1.",
            "Number 2.",
            "Number 3.",
            "Number 4."
        ]
    );
}

#[tokio::test]
async fn deleting_removes_the_rows_and_leaves_a_task() {
    let (_folder, documents) = service().await;
    let (added, _) = documents
        .add(document(None, "Gone soon."), None)
        .await
        .unwrap();
    let task = store::next_task(documents.foundation.database.reader())
        .await
        .unwrap()
        .unwrap();
    let transaction = documents.foundation.database.begin().await.unwrap();
    assert!(store::finish_task(&transaction, &task, 7).await.unwrap());
    transaction.commit().await.unwrap();
    let (indexed, _) = documents.get(FIRST, added.id).await.unwrap().unwrap();
    assert_eq!(indexed.status, Status::Indexed);
    assert!(
        documents
            .delete(FIRST, added.id, Seen::Unknown, &requester())
            .await
            .unwrap()
    );
    assert!(
        !documents
            .delete(FIRST, added.id, Seen::Unknown, &requester())
            .await
            .unwrap()
    );
    assert!(documents.get(FIRST, added.id).await.unwrap().is_none());
    assert!(
        store::chunks(documents.foundation.database.reader(), added.id)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(documents.is_pending(added.id).await.unwrap());
}

#[tokio::test]
async fn a_change_during_indexing_keeps_the_task() {
    let (_folder, documents) = service().await;
    let (added, _) = documents
        .add(document(Some("x"), "One."), None)
        .await
        .unwrap();
    let task = store::next_task(documents.foundation.database.reader())
        .await
        .unwrap()
        .unwrap();
    documents
        .add(document(Some("x"), "Two."), None)
        .await
        .unwrap();
    let transaction = documents.foundation.database.begin().await.unwrap();
    assert!(!store::finish_task(&transaction, &task, 7).await.unwrap());
    transaction.commit().await.unwrap();
    assert!(documents.is_pending(added.id).await.unwrap());
}

#[tokio::test]
async fn unusable_documents_are_refused() {
    let (_folder, documents) = service().await;
    let large = documents
        .add(document(None, &"word ".repeat(3000)), None)
        .await;
    assert!(matches!(
        large,
        Err(DocumentError::TooLarge {
            bytes: 15_000,
            limit: 10_000
        })
    ));
    let empty = documents.add(document(None, " \n "), None).await;
    assert!(matches!(empty, Err(DocumentError::Unusable(_))));
    assert!(
        documents
            .list(FIRST, &page(10, None))
            .await
            .unwrap()
            .data
            .is_empty()
    );
}

#[tokio::test]
async fn a_change_that_somebody_did_not_see_is_not_undone() {
    let (world, documents) = service().await;
    let (first, _) = documents.add(document(None, "First."), None).await.unwrap();
    let put = async |text: &str, seen| {
        let new = NewDocument {
            id: Some(first.id),
            seen,
            ..document(None, text)
        };
        documents.add(new, None).await.map(|(document, _)| document)
    };
    world.wait(Duration::from_secs(1));
    let old = Seen::Of(first.updated_at);
    let second = put("Second.", old).await.unwrap();
    let late = put("Third.", old).await;
    assert!(matches!(late, Err(DocumentError::Changed)));
    let created = put("Third.", Seen::Absent).await;
    assert!(matches!(created, Err(DocumentError::Changed)));
    let removed = documents.delete(FIRST, first.id, old, &requester()).await;
    assert!(matches!(removed, Err(DocumentError::Changed)));
    let (_, content) = documents.get(FIRST, first.id).await.unwrap().unwrap();
    assert_eq!(content, "Second.");
    let seen = Seen::Of(second.updated_at);
    assert!(
        documents
            .delete(FIRST, first.id, seen, &requester())
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn the_documents_of_an_organisation_go_and_no_others() {
    let (_folder, documents) = service().await;
    let gone = Uuid::from_u128(9);
    for number in 0..120 {
        let new = NewDocument {
            organisation: gone,
            ..document(None, &format!("Number {number}."))
        };
        documents.add(new, None).await.unwrap();
    }
    let (kept, _) = documents.add(document(None, "Kept."), None).await.unwrap();
    documents.remove_of(gone).await.unwrap();
    let reader = documents.foundation.database.reader();
    assert_eq!(store::ids(reader).await.unwrap(), [kept.id]);
    assert_eq!(
        documents
            .list(gone, &page(10, None))
            .await
            .unwrap()
            .data
            .len(),
        0
    );
    let task = store::next_task(reader).await.unwrap().unwrap();
    assert_ne!(task.document_id, kept.id, "what was removed goes first");
}

#[tokio::test]
async fn every_change_is_in_the_audit_log() {
    let (world, documents) = service().await;
    let by = requester();
    let new = || document(Some("x"), "One.");
    let (added, _) = documents.add(new(), Some(&by)).await.unwrap();
    documents.add(new(), Some(&by)).await.unwrap();
    let changed = NewDocument {
        text: "Two.".into(),
        ..new()
    };
    documents.add(changed, None).await.unwrap();
    let removed = documents.delete(FIRST, added.id, Seen::Unknown, &by);
    assert!(removed.await.unwrap());
    let page = world.audit.list(&Filter::default(), None, 200).await;
    let events = page.unwrap().data.into_iter().rev();
    let events: Vec<_> = events
        .map(|event| (event.action, event.actor_id, event.organisation))
        .collect();
    let key = Some(by.caller.actor.id());
    let expected = [
        ("document.add", key),
        ("document.replace", None),
        ("document.remove", key),
    ];
    assert_eq!(
        events,
        expected.map(|(action, actor)| (action.to_owned(), actor, Some(FIRST)))
    );
}
