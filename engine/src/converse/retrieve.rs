//! Question -> vector -> hits.

use super::Settings;
use crate::{
    Cancellation, Engine, Error, Result,
    retrieve::{Hit, Query, Ranking, VectorStore},
};

/// Finds the passages nearest to the text.
///
/// # Errors
/// [`Error::InvalidInput`] for a blank text or a limit of 0; errors of the embedder and the store.
pub fn retrieve(
    engine: &Engine,
    store: &dyn VectorStore,
    text: &str,
    settings: &Settings,
    cancellation: &Cancellation,
) -> Result<Vec<Hit>> {
    let vector = match settings.ranking {
        Ranking::Sparse => Vec::new(),
        _ => embed_question(engine, text, settings, cancellation)?,
    };
    search(store, text, &vector, settings, cancellation)
}

/// The vector of the question.
pub(super) fn embed_question(
    engine: &Engine,
    text: &str,
    settings: &Settings,
    cancellation: &Cancellation,
) -> Result<Vec<f32>> {
    check(text, settings)?;
    cancellation.check()?;
    let embedder = engine.embedder(settings.embedder.as_deref())?;
    let mut embeddings = embedder.embed(&[text], cancellation)?;
    embeddings
        .pop()
        .map(|embedding| embedding.vector)
        .ok_or_else(|| Error::backend("embedder", "gave no vector for the question"))
}

/// The search with a vector that is already there.
pub(super) fn search(
    store: &dyn VectorStore,
    text: &str,
    vector: &[f32],
    settings: &Settings,
    cancellation: &Cancellation,
) -> Result<Vec<Hit>> {
    check(text, settings)?;
    cancellation.check()?;
    store.search(&Query {
        text,
        vector,
        ranking: settings.ranking,
        filter: settings.filter.clone(),
        limit: settings.limit,
    })
}

fn check(text: &str, settings: &Settings) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::invalid(
            "question",
            "is blank; write what you want to know",
        ));
    }
    if settings.limit == 0 {
        return Err(Error::invalid("limit", "is 0; ask for at least 1 passage"));
    }
    Ok(())
}
