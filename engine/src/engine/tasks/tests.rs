//! Tasks that have no test of their own elsewhere; the default models must have been pulled.

use tempfile::TempDir;

use super::*;
use crate::{
    Error,
    converse::{ingest, shipped_documents},
    retrieve::EdgeStore,
};

fn engine() -> Engine {
    Engine::builder().build().unwrap()
}

fn store(engine: &Engine, folder: &TempDir) -> Arc<dyn VectorStore> {
    let dimensions = engine.embedder(None).unwrap().dimensions();
    Arc::new(EdgeStore::open(folder.path(), dimensions).unwrap())
}

#[test]
fn events_of_an_answer_come_in_order_and_agree_with_it() {
    let (engine, folder) = (engine(), TempDir::new().unwrap());
    let store = store(&engine, &folder);
    for document in shipped_documents().iter().take(2) {
        ingest(&engine, store.as_ref(), document, &Cancellation::new()).unwrap();
    }
    let mut question = Question::new("What is Locutor?");
    question.settings.generator = Some(engine.default_generator());
    let mut answering = engine.ask(store, question).unwrap();
    let events: Vec<Event> = answering.by_ref().collect();
    let answer = answering.finish().unwrap();

    let (first, rest) = events.split_first().unwrap();
    let (last, texts) = rest.split_last().unwrap();
    assert_eq!(*first, Event::Passages(answer.passages));
    assert_eq!(*last, Event::Verdict(answer.grounding.verdict));
    let text: String = texts
        .iter()
        .map(|event| match event {
            Event::Text(text) => text.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(text, answer.text);
}

#[test]
fn a_blank_question_is_refused() {
    let (engine, folder) = (engine(), TempDir::new().unwrap());
    let answering = engine.ask(store(&engine, &folder), Question::new(" "));
    assert!(matches!(
        answering.unwrap().finish(),
        Err(Error::InvalidInput {
            parameter: "question",
            ..
        })
    ));
}

#[test]
fn languages_are_told_on_a_thread_of_the_engine() {
    let guesses = engine()
        .detect_language("Bom dia, como está?".to_owned(), Cancellation::new())
        .unwrap()
        .wait()
        .unwrap();
    assert_eq!(guesses[0].language, "pt");
}
