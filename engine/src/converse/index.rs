//! Passages -> vectors -> store.

use uuid::Uuid;

use crate::{
    Cancellation, Engine, Error, Result,
    embed::Embedder,
    retrieve::{Passage, Point, VectorStore},
};

/// Passages embedded and stored at a time: enough to fill the embedder's batches, few enough that
/// progress and cancellation are felt.
pub(super) const BATCH: usize = 32;

/// Embeds the passages of one document and puts them into the store in the place of whatever it
/// had of that document. `on_progress` sees how many are stored, of how many.
///
/// A cancelled or failed call leaves the document partly stored; index it again or [`delete`] it.
///
/// # Errors
/// [`Error::InvalidInput`] when a passage belongs to another document, [`Error::Cancelled`]
/// between batches; errors of the embedder and the store.
pub fn index(
    engine: &Engine,
    store: &dyn VectorStore,
    document: Uuid,
    passages: &[Passage],
    on_progress: &mut dyn FnMut(usize, usize),
    cancellation: &Cancellation,
) -> Result<()> {
    if passages.iter().any(|passage| passage.document != document) {
        return Err(Error::invalid(
            "passages",
            "belong to several documents; index one document at a time",
        ));
    }
    let embedder = engine.embedder(None)?;
    store.delete_document(document)?;
    let mut stored = 0;
    for batch in passages.chunks(BATCH) {
        let points = embedded(embedder.as_ref(), batch, cancellation)?;
        store.upsert(&points)?;
        stored += points.len();
        on_progress(stored, passages.len());
    }
    Ok(())
}

/// One batch of passages with their vectors.
pub(super) fn embedded(
    embedder: &dyn Embedder,
    batch: &[Passage],
    cancellation: &Cancellation,
) -> Result<Vec<Point>> {
    cancellation.check()?;
    let texts: Vec<_> = batch.iter().map(Passage::text_with_heading).collect();
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    let embeddings = embedder.embed(&texts, cancellation)?;
    Ok(batch
        .iter()
        .zip(embeddings)
        .map(|(passage, embedding)| Point {
            id: point_id(passage),
            vector: embedding.vector,
            passage: passage.clone(),
        })
        .collect())
}

/// Removes a document from the store; one that is not there is no error.
///
/// # Errors
/// Those of the store.
pub fn delete(store: &dyn VectorStore, document: Uuid) -> Result<()> {
    store.delete_document(document)
}

/// An id that depends on the document and the ordinal only, so that an interrupted ingest that is
/// repeated replaces its points. The odd factor spreads ordinals over all 128 bits.
fn point_id(passage: &Passage) -> Uuid {
    let spread =
        (u128::from(passage.ordinal) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    let mixed = passage.document.as_u128() ^ spread;
    uuid::Builder::from_custom_bytes(mixed.to_be_bytes()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn point_ids_differ_by_document_and_ordinal_and_repeat() {
        let passage = |document, ordinal| Passage {
            tenant: None,
            document: Uuid::from_u128(document),
            title: String::new(),
            heading: None,
            ordinal,
            text: String::new(),
            start: 0,
            end: 0,
            tags: Vec::new(),
        };
        let mut seen = std::collections::HashSet::new();
        for document in [1, 2, 3, u128::MAX / 3] {
            for ordinal in 0..1_000 {
                assert!(seen.insert(point_id(&passage(document, ordinal))));
            }
        }
        assert_eq!(point_id(&passage(7, 3)), point_id(&passage(7, 3)));
    }
}
