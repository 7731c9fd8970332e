//! Question -> grounded answer.

use super::{Answer, Event, Question};
use crate::{Cancellation, Engine, Error, Result, retrieve::VectorStore};

/// Answers a question from the documents of the store.
///
/// `on_event` gets the passages, then the reply sentence by sentence, each only after it passed
/// the grounding check, then the verdict.
///
/// # Errors
/// [`Error::InvalidInput`] for a blank question or unusable settings, [`Error::Cancelled`]; errors
/// of the models and the store.
pub fn ask(
    engine: &Engine,
    store: &dyn VectorStore,
    question: &Question,
    on_event: &mut dyn FnMut(Event),
    cancellation: &Cancellation,
) -> Result<Answer> {
    let passages = super::retrieve(
        engine,
        store,
        &question.text,
        &question.settings,
        cancellation,
    )?;
    on_event(Event::Passages(passages));
    Err(Error::backend("converse", "answers are being written"))
}

/// The language model to answer with where the caller names none: the better one of the catalog
/// when it is installed and the engine still has its factory default.
pub fn default_generator(engine: &Engine) -> String {
    const BETTER: &str = "qwen2.5-coder-0.5b-instruct";
    let configured = &engine.defaults().generator;
    let untouched = *configured == crate::engine::Defaults::default().generator;
    if untouched && engine.store().folder().join(BETTER).is_dir() {
        BETTER.to_owned()
    } else {
        configured.clone()
    }
}
