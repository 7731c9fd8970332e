//! The worker with the real embedding model and a vector store in memory.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use locutor::{
    Engine, Error, Result,
    retrieve::{Filter, Hit, Point, Query, Ranking, VectorStore},
};
use tokio::{runtime::Handle, task::spawn_blocking};
use uuid::Uuid;

use crate::features::organisations::FIRST;

use super::{
    Indexer, PassageSearch, Seen, Status, VectorIndex, store,
    tests::{document, requester, service},
};

/// A store that keeps points and can be told to fail.
#[derive(Default)]
struct MemoryStore {
    points: Mutex<BTreeMap<Uuid, Point>>,
    broken: AtomicBool,
}

impl MemoryStore {
    fn points(&self) -> MutexGuard<'_, BTreeMap<Uuid, Point>> {
        self.points.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn texts(&self) -> Vec<String> {
        let mut texts: Vec<_> = self
            .points()
            .values()
            .map(|point| point.passage.text.clone())
            .collect();
        texts.sort();
        texts
    }
}

impl VectorStore for MemoryStore {
    fn upsert(&self, points: &[Point]) -> Result<()> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(Error::store("told to fail"));
        }
        self.points()
            .extend(points.iter().map(|point| (point.id, point.clone())));
        Ok(())
    }

    fn delete_document(&self, document: Uuid) -> Result<()> {
        self.points()
            .retain(|_, point| point.passage.document != document);
        Ok(())
    }

    /// Finds everything.
    fn search(&self, _query: &Query<'_>) -> Result<Vec<Hit>> {
        let hit = |(id, point): (&Uuid, &Point)| Hit {
            id: *id,
            score: 1.0,
            passage: point.passage.clone(),
        };
        Ok(self.points().iter().map(hit).collect())
    }

    fn count(&self) -> Result<usize> {
        Ok(self.points().len())
    }

    fn clear(&self) -> Result<()> {
        self.points().clear();
        Ok(())
    }
}

fn index(store: &Arc<MemoryStore>) -> VectorIndex {
    let store = Arc::clone(store);
    VectorIndex::new(Arc::new(move |_| {
        Ok(Arc::clone(&store) as Arc<dyn VectorStore>)
    }))
}

fn engine() -> Engine {
    Engine::builder().build().unwrap()
}

#[tokio::test]
async fn the_store_follows_the_rows() {
    let (_folder, documents) = service().await;
    let vectors = Arc::new(MemoryStore::default());
    let mut indexer = Indexer::new(documents.clone(), engine(), index(&vectors));
    let (first, _) = documents
        .add(document(Some("x"), "The mill grinds barley."), None)
        .await
        .unwrap();
    documents
        .add(document(None, "The bridge is old."), None)
        .await
        .unwrap();
    indexer.drain().await.unwrap();
    assert_eq!(
        vectors.texts(),
        ["The bridge is old.", "The mill grinds barley."]
    );
    let (read, _) = documents.get(FIRST, first.id).await.unwrap().unwrap();
    assert_eq!(read.status, Status::Indexed);
    assert!(read.indexed_at.is_some());
    documents
        .add(document(Some("x"), "The mill burnt down."), None)
        .await
        .unwrap();
    indexer.drain().await.unwrap();
    assert_eq!(
        vectors.texts(),
        ["The bridge is old.", "The mill burnt down."]
    );
    documents
        .delete(FIRST, first.id, Seen::Unknown, &requester())
        .await
        .unwrap();
    indexer.drain().await.unwrap();
    assert_eq!(vectors.texts(), ["The bridge is old."]);
}

/// The texts that a search finds, sorted.
async fn found(search: &PassageSearch) -> Vec<String> {
    let (search, runtime) = (search.clone(), Handle::current());
    let hits = spawn_blocking(move || {
        let store = search.open(&engine(), runtime, FIRST).unwrap();
        store.search(&Query {
            text: "mill",
            vector: &[],
            ranking: Ranking::Sparse,
            filter: Filter::default(),
            limit: 5,
        })
    });
    let hits = hits.await.unwrap().unwrap();
    let mut texts: Vec<_> = hits.into_iter().map(|hit| hit.passage.text).collect();
    texts.sort();
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_removed_or_replaced_is_not_found_even_while_its_vectors_stay() {
    let (_folder, documents) = service().await;
    let vectors = Arc::new(MemoryStore::default());
    let mut indexer = Indexer::new(documents.clone(), engine(), index(&vectors));
    let (first, _) = documents
        .add(document(None, "The mill grinds barley."), None)
        .await
        .unwrap();
    let second = document(Some("bridge"), "The bridge is old.");
    documents.add(second, None).await.unwrap();
    indexer.drain().await.unwrap();
    let search = PassageSearch::new(documents.clone(), index(&vectors));
    let find = || found(&search);
    assert_eq!(
        find().await,
        ["The bridge is old.", "The mill grinds barley."]
    );
    documents
        .delete(FIRST, first.id, Seen::Unknown, &requester())
        .await
        .unwrap();
    assert_eq!(vectors.texts().len(), 2, "no indexer has run since");
    assert_eq!(find().await, ["The bridge is old."]);
    let replacement = document(Some("bridge"), "The bridge is new.");
    documents.add(replacement, None).await.unwrap();
    assert!(find().await.is_empty(), "the old text is out of date");
    indexer.drain().await.unwrap();
    assert_eq!(find().await, ["The bridge is new."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_of_other_texts_are_made_anew_once_a_search_meets_them() {
    let (_folder, documents) = service().await;
    let vectors = Arc::new(MemoryStore::default());
    let mut indexer = Indexer::new(documents.clone(), engine(), index(&vectors));
    let (kept, _) = documents
        .add(document(None, "The mill grinds barley."), None)
        .await
        .unwrap();
    documents
        .add(document(None, "The bridge is old."), None)
        .await
        .unwrap();
    indexer.drain().await.unwrap();
    // As a store from another day: as many passages, but one has another text and one no document.
    for point in vectors.points().values_mut() {
        if point.passage.document == kept.id {
            point.passage.text = "The mill burnt down.".to_owned();
        } else {
            point.passage.document = Uuid::from_u128(7);
        }
    }
    let search = PassageSearch::new(documents.clone(), index(&vectors));
    assert!(found(&search).await.is_empty());
    indexer.drain().await.unwrap();
    assert_eq!(vectors.texts(), ["The mill grinds barley."]);
    assert_eq!(found(&search).await, ["The mill grinds barley."]);
}

#[tokio::test]
async fn a_store_that_lost_something_is_rebuilt() {
    let (_folder, documents) = service().await;
    let vectors = Arc::new(MemoryStore::default());
    for text in ["One.", "Two.", "Three."] {
        documents.add(document(None, text), None).await.unwrap();
    }
    let engine = engine();
    Indexer::new(documents.clone(), engine.clone(), index(&vectors))
        .drain()
        .await
        .unwrap();
    vectors.points().pop_first();
    Indexer::new(documents, engine, index(&vectors))
        .drain()
        .await
        .unwrap();
    assert_eq!(vectors.texts(), ["One.", "Three.", "Two."]);
}

#[tokio::test]
async fn a_failure_is_shown_and_tried_again() {
    let (world, documents) = service().await;
    let vectors = Arc::new(MemoryStore::default());
    vectors.broken.store(true, Ordering::Relaxed);
    let (added, _) = documents.add(document(None, "One."), None).await.unwrap();
    let indexer = Indexer::new(documents.clone(), engine(), index(&vectors));
    let mut progress = indexer.progress();
    let worker = tokio::spawn(indexer.run());
    progress.changed().await.unwrap();
    let (failed, _) = documents.get(FIRST, added.id).await.unwrap().unwrap();
    assert_eq!(failed.status, Status::Failed);
    assert!(failed.error.unwrap().contains("told to fail"));
    let task = store::task(documents.foundation.database.reader(), added.id)
        .await
        .unwrap()
        .unwrap();
    // The worker may have tried again by now.
    assert!(task.attempts >= 1, "{task:?}");
    vectors.broken.store(false, Ordering::Relaxed);
    while vectors.texts().is_empty() {
        world.wait(Duration::from_secs(1));
        documents.wake.notify_one();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    worker.abort();
}
