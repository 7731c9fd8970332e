//! The committed question set, asked for real with the default model.

use locutor::Engine;
use locutor_benches::grounding::{Tally, ask_all, questions};

/// The model that every installation has.
const MODEL: &str = "smollm2-135m-instruct";

#[test]
fn nothing_is_invented_and_most_questions_are_answered() {
    let engine = Engine::builder().build().expect("threads");
    let entries = questions().expect("the committed set");
    let answerable = entries
        .iter()
        .filter(|entry| !entry.facts.is_empty())
        .count();
    let asked = ask_all(&engine, MODEL, &entries, &mut |_| {})
        .expect("run `locutor models pull` for the default models first");
    let tally = Tally::of(&asked);
    let invented: Vec<_> = asked.iter().filter(|one| one.invented).collect();
    assert!(invented.is_empty(), "invented: {invented:#?}");
    assert!(
        tally.right * 10 >= answerable * 7,
        "of {answerable} answerable questions: {tally:?}"
    );
    assert!(
        tally.abstained_rightly * 10 >= (entries.len() - answerable) * 8,
        "of {} unanswerable questions: {tally:?}",
        entries.len() - answerable
    );
}
