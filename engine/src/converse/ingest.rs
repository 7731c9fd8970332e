//! Document -> store, in one call and all or nothing.

use super::{
    Document, Prepared,
    index::{BATCH, embedded},
    prepare,
};
use crate::{Cancellation, Engine, Result, embed::Embedder, retrieve::VectorStore};

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingested {
    /// Its title, given or found.
    pub title: String,
    /// Number of its passages.
    pub passages: usize,
}

/// Cuts a document into passages, embeds them and puts them into the store in the place of
/// whatever it had of that document.
///
/// The store is touched only once every passage is embedded, so a cancelled call leaves it as it
/// was. [`index`](super::index()) writes along the way instead, and tells how far it is.
///
/// # Errors
/// As [`prepare`]; [`crate::Error::Cancelled`] between batches; errors of the embedder and the
/// store.
pub fn ingest(
    engine: &Engine,
    store: &dyn VectorStore,
    document: &Document,
    cancellation: &Cancellation,
) -> Result<Ingested> {
    replace(
        engine.embedder(None)?.as_ref(),
        store,
        document,
        cancellation,
    )
}

fn replace(
    embedder: &dyn Embedder,
    store: &dyn VectorStore,
    document: &Document,
    cancellation: &Cancellation,
) -> Result<Ingested> {
    let Prepared { title, passages } = prepare(document)?;
    let mut points = Vec::with_capacity(passages.len());
    for batch in passages.chunks(BATCH) {
        points.extend(embedded(embedder, batch, cancellation)?);
    }
    cancellation.check()?;
    store.delete_document(document.id)?;
    store.upsert(&points)?;
    Ok(Ingested {
        title,
        passages: points.len(),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tempfile::TempDir;
    use uuid::Uuid;

    use super::*;
    use crate::{Error, embed::Embedding, retrieve::EdgeStore, text::Format};

    /// Gives every text the same vector, and asks the work to stop in a batch of that number.
    struct Flat {
        stop_in: usize,
        batches: AtomicUsize,
    }

    impl Flat {
        fn new(stop_in: usize) -> Self {
            let batches = AtomicUsize::new(0);
            Self { stop_in, batches }
        }
    }

    impl Embedder for Flat {
        fn dimensions(&self) -> usize {
            2
        }

        fn max_tokens(&self) -> usize {
            256
        }

        fn embed(&self, texts: &[&str], cancellation: &Cancellation) -> Result<Vec<Embedding>> {
            if self.batches.fetch_add(1, Ordering::Relaxed) + 1 == self.stop_in {
                cancellation.cancel();
            }
            let embedding = Embedding {
                vector: vec![1.0, 0.0],
                tokens: 1,
                truncated: false,
            };
            Ok(vec![embedding; texts.len()])
        }

        fn embed_tokens(&self, _: &[&[u32]], _: &Cancellation) -> Result<Vec<Embedding>> {
            Ok(Vec::new())
        }
    }

    fn document(paragraphs: usize) -> Document {
        let paragraph = "A paragraph of its own. ".repeat(40);
        Document {
            id: Uuid::from_u128(7),
            title: None,
            format: Format::Plain,
            text: format!("{paragraph}\n\n").repeat(paragraphs),
            tags: Vec::new(),
        }
    }

    fn add(store: &EdgeStore, paragraphs: usize, stop_in: usize) -> Result<usize> {
        let (embedder, cancellation) = (Flat::new(stop_in), Cancellation::new());
        replace(&embedder, store, &document(paragraphs), &cancellation).map(|it| it.passages)
    }

    #[test]
    fn a_document_takes_the_place_of_its_older_self() {
        let folder = TempDir::new().unwrap();
        let store = EdgeStore::open(folder.path(), 2).unwrap();
        let many = add(&store, 40, 0).unwrap();
        assert!(many > BATCH);
        assert_eq!(store.count().unwrap(), many);
        let few = add(&store, 1, 0).unwrap();
        assert!(few < many);
        assert_eq!(store.count().unwrap(), few);
    }

    #[test]
    fn a_cancelled_call_leaves_the_store_as_it_was() {
        let folder = TempDir::new().unwrap();
        let store = EdgeStore::open(folder.path(), 2).unwrap();
        let few = add(&store, 1, 0).unwrap();
        for stop_in in [1, 2] {
            let stopped = add(&store, 40, stop_in);
            assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
            assert_eq!(store.count().unwrap(), few);
        }
    }
}
