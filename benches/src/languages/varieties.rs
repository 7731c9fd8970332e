//! Sentences whose variety is known, and some that show none: `benches/data/varieties.tsv`, written for this.

use anyhow::{Context, Result};
use locutor::language;

const SENTENCES: &str = include_str!("../../data/varieties.tsv");

/// How sure an answer must be to count as one.
const SURE: f64 = 0.5;

/// What came of the sentences.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Sentences with a variety, and those told rightly and wrongly; the rest had no answer.
    pub sentences: usize,
    /// Told rightly.
    pub right: usize,
    /// Told wrongly: the sentence, what it is, and what was told.
    pub wrong: Vec<(String, String, String)>,
    /// Sentences that show no variety.
    pub neutral: usize,
    /// Of those, how many got no answer.
    pub abstained: usize,
}

/// Asks for each.
///
/// # Errors
/// When a line is none.
pub fn ask() -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for line in SENTENCES
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let (variety, text) = line.split_once('\t').with_context(|| line.to_owned())?;
        let (language, region) = variety.split_once('-').unwrap_or((variety, ""));
        let found = language::variety(text, language);
        let first = found.and_then(|found| found.guesses.into_iter().next());
        let told = first
            .filter(|guess| guess.confidence >= SURE)
            .map(|guess| guess.variety);
        if region.is_empty() {
            outcome.neutral += 1;
            outcome.abstained += usize::from(told.is_none());
            continue;
        }
        outcome.sentences += 1;
        match told {
            Some(told) if told == variety => outcome.right += 1,
            Some(told) => outcome
                .wrong
                .push((text.to_owned(), variety.to_owned(), told)),
            None => {}
        }
    }
    Ok(outcome)
}
