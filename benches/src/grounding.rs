//! The question set over the shipped documents, asked for real: right, wrong, abstained.
//!
//! `engine/documents/questions.toml` -> [`ask_all`] (a fresh store, every question through
//! [`locutor::converse::ask`]) -> [`Asked`] -> [`Tally`].

use locutor::{
    Cancellation, Engine,
    converse::{self, Question, Settings, Verdict},
    retrieve::EdgeStore,
};
use serde::{Deserialize, Serialize};

const QUESTIONS: &str = include_str!("../../engine/documents/questions.toml");

/// One question and what a right answer has.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The question.
    pub text: String,
    /// Each of these, or an alternative after `|`; empty when the documents do not answer.
    #[serde(default)]
    pub facts: Vec<String>,
    /// Not looked at while thresholds were chosen.
    #[serde(default)]
    pub held_out: bool,
}

#[derive(Deserialize)]
struct File {
    question: Vec<Entry>,
}

/// How an answer is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// All facts are there.
    Right,
    /// A fact is missing, or there was nothing to answer.
    Wrong,
    /// The documents do not answer, and the reply says so.
    AbstainedRightly,
    /// The documents answer, but the reply says that they do not.
    AbstainedWrongly,
}

/// An answered question.
#[derive(Debug, Serialize)]
pub struct Asked {
    /// The question.
    pub question: String,
    /// Whether it belongs to the held-out half.
    pub held_out: bool,
    /// The reply.
    pub reply: String,
    /// Its own verdict.
    pub verdict: Verdict,
    /// Ours.
    pub judgement: Judgement,
    /// The model's own words where the documents do not answer.
    pub invented: bool,
    /// Seconds it took.
    pub seconds: f64,
}

/// Counts over a set of questions.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// See [`Judgement::Right`].
    pub right: usize,
    /// See [`Judgement::Wrong`].
    pub wrong: usize,
    /// See [`Judgement::AbstainedRightly`].
    pub abstained_rightly: usize,
    /// See [`Judgement::AbstainedWrongly`].
    pub abstained_wrongly: usize,
    /// See [`Asked::invented`]; part of `wrong`.
    pub invented: usize,
    /// Replies in the model's own words.
    pub grounded: usize,
    /// Replies that quote.
    pub quoted: usize,
}

impl Tally {
    /// Counts.
    pub fn of<'a>(asked: impl IntoIterator<Item = &'a Asked>) -> Self {
        let mut tally = Self::default();
        for asked in asked {
            *match asked.judgement {
                Judgement::Right => &mut tally.right,
                Judgement::Wrong => &mut tally.wrong,
                Judgement::AbstainedRightly => &mut tally.abstained_rightly,
                Judgement::AbstainedWrongly => &mut tally.abstained_wrongly,
            } += 1;
            tally.invented += usize::from(asked.invented);
            tally.grounded += usize::from(asked.verdict == Verdict::Grounded);
            tally.quoted += usize::from(asked.verdict == Verdict::Quoted);
        }
        tally
    }
}

/// The question set.
///
/// # Errors
/// When the committed file is malformed.
pub fn questions() -> anyhow::Result<Vec<Entry>> {
    Ok(toml::from_str::<File>(QUESTIONS)?.question)
}

/// Ingests the shipped documents and asks; `on_asked` sees each answer at once.
///
/// # Errors
/// When a model is missing, or anything on the way fails.
pub fn ask_all(
    engine: &Engine,
    model: &str,
    entries: &[Entry],
    on_asked: &mut dyn FnMut(&Asked),
) -> anyhow::Result<Vec<Asked>> {
    let folder = tempfile::tempdir()?;
    let store = EdgeStore::open(folder.path(), engine.embedder(None)?.dimensions())?;
    for document in converse::shipped_documents() {
        converse::ingest(engine, &store, &document, &Cancellation::new())?;
    }
    let mut all = Vec::with_capacity(entries.len());
    for entry in entries {
        let asked = ask(engine, &store, model, entry)?;
        on_asked(&asked);
        all.push(asked);
    }
    Ok(all)
}

fn ask(engine: &Engine, store: &EdgeStore, model: &str, entry: &Entry) -> anyhow::Result<Asked> {
    let question = Question {
        text: entry.text.clone(),
        settings: Settings {
            generator: Some(model.to_owned()),
            ..Settings::default()
        },
        ..Question::default()
    };
    let answer = converse::ask(engine, store, &question, &mut |_| {}, &Cancellation::new())?;
    let verdict = answer.grounding.verdict;
    Ok(Asked {
        question: entry.text.clone(),
        held_out: entry.held_out,
        judgement: judge(entry, verdict, &answer.text),
        invented: entry.facts.is_empty() && verdict == Verdict::Grounded,
        seconds: converse::total_seconds(&answer.timings),
        reply: answer.text,
        verdict,
    })
}

fn judge(entry: &Entry, verdict: Verdict, reply: &str) -> Judgement {
    let reply = reply.to_lowercase();
    let has = |fact: &String| {
        fact.split('|')
            .any(|form| reply.contains(&form.to_lowercase()))
    };
    match (verdict, entry.facts.is_empty()) {
        (Verdict::NotAnswered, true) => Judgement::AbstainedRightly,
        (Verdict::NotAnswered, false) => Judgement::AbstainedWrongly,
        (_, false) if entry.facts.iter().all(has) => Judgement::Right,
        _ => Judgement::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_is_large_enough_and_a_quarter_is_unanswerable() {
        let entries = questions().unwrap();
        let unanswerable = entries
            .iter()
            .filter(|entry| entry.facts.is_empty())
            .count();
        let held_out = entries.iter().filter(|entry| entry.held_out).count();
        assert!(entries.len() >= 40 && unanswerable * 4 >= entries.len());
        assert!(held_out * 3 >= entries.len());
    }

    #[test]
    fn judging_is_strict_about_facts_and_abstentions() {
        let entry = |facts: &[&str]| Entry {
            text: String::new(),
            facts: facts.iter().map(ToString::to_string).collect(),
            held_out: false,
        };
        let port = entry(&["8080|8,080"]);
        assert_eq!(
            judge(&port, Verdict::Quoted, "port 8,080"),
            Judgement::Right
        );
        assert_eq!(judge(&port, Verdict::Grounded, "port 80"), Judgement::Wrong);
        assert_eq!(
            judge(&port, Verdict::NotAnswered, "8080"),
            Judgement::AbstainedWrongly
        );
        let nothing = entry(&[]);
        assert_eq!(
            judge(&nothing, Verdict::Quoted, "a quote"),
            Judgement::Wrong
        );
        assert_eq!(
            judge(&nothing, Verdict::NotAnswered, ""),
            Judgement::AbstainedRightly
        );
    }
}
