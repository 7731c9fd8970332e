//! Is a sentence of the draft in the passages, and does it bear on the question?

use super::{
    candidates::{Candidate, asks_for_quantity},
    sources::{Sources, cosine},
    words::Words,
};
use crate::converse::Evidence;

/// Least share of a sentence's words that its support must have, in the same order.
const MIN_OVERLAP: f32 = 0.75;
/// Most words for each distinct one; more is a model that goes in circles.
const MAX_REPETITION: f32 = 1.5;
/// Least similarity of a sentence and its support.
const MIN_SIMILARITY: f32 = 0.5;

/// One sentence to check.
pub(in crate::converse) struct Check<'a> {
    /// The question.
    pub(in crate::converse) question: &'a str,
    /// Sentences that may answer it.
    pub(in crate::converse) candidates: &'a [Candidate],
    /// The sentence.
    pub(in crate::converse) sentence: &'a str,
    /// Its vector.
    pub(in crate::converse) vector: &'a [f32],
    /// Whether nothing was said before it.
    pub(in crate::converse) first: bool,
}

impl Sources {
    /// The evidence for a sentence, and the index of the source sentence nearest to it.
    pub(in crate::converse) fn check(&self, check: &Check<'_>) -> (Evidence, Option<usize>) {
        let words = Words::of(check.sentence);
        let overlap_with = |index: usize| {
            let source = &self.sentences[index];
            words.share_in_order(&source.words, &source.context)
        };
        let nearness = |index: usize| {
            overlap_with(index) + cosine(&self.sentences[index].vector, check.vector)
        };
        let best = (0..self.sentences.len()).max_by(|a, b| nearness(*a).total_cmp(&nearness(*b)));
        let Some(best) = best else {
            return (refused(check.sentence, "there is no passage"), None);
        };
        let overlap = overlap_with(best);
        let similarity = cosine(&self.sentences[best].vector, check.vector);
        let mut problems = self.problems(check, &words, best);
        if overlap < MIN_OVERLAP {
            problems.push("has words that the passages lack".to_owned());
        }
        if similarity < MIN_SIMILARITY {
            problems.push("means something else than the passages".to_owned());
        }
        let evidence = Evidence {
            sentence: check.sentence.to_owned(),
            supported: problems.is_empty(),
            quote: Some(self.sentences[best].text.clone()),
            similarity,
            overlap,
            problems,
        };
        (evidence, Some(best))
    }

    fn problems(&self, check: &Check<'_>, words: &Words, best: usize) -> Vec<String> {
        // One foreign word can turn a true sentence false: "the default embedding model" for "the
        // default language model". So each must be there, not only numbers and names.
        let support = self.support(best);
        let mut missing = words.facts_missing_in(&support);
        missing.extend(words.content.difference(&support.content).cloned());
        missing.sort_unstable();
        missing.dedup();
        let mut problems: Vec<String> = missing
            .into_iter()
            .map(|fact| format!("`{fact}` is not in the supporting passage"))
            .collect();
        if let Some(word) = words.overused(&support) {
            problems.push(format!(
                "uses `{word}` more often than the supporting passage"
            ));
        }
        if words.content.is_empty() && words.numbers.is_empty() {
            problems.push("says nothing".to_owned());
        }
        let distinct = (words.content.len() + words.numbers.len()) as f32;
        if words.order.len() as f32 > distinct * MAX_REPETITION {
            problems.push("repeats itself".to_owned());
        }
        if words.negated != self.sentences[best].words.negated {
            problems.push("affirms what the passage denies, or the reverse".to_owned());
        }
        if check.sentence.trim_end().ends_with('?') {
            problems.push("is a question".to_owned());
        }
        if check.first && asks_for_quantity(check.question) && words.numbers.is_empty() {
            problems.push("gives no number where one is asked for".to_owned());
        }
        if !check
            .candidates
            .iter()
            .any(|candidate| candidate.source == best)
        {
            problems.push("rests on a sentence that does not answer the question".to_owned());
        }
        problems
    }
}

fn refused(sentence: &str, problem: &str) -> Evidence {
    Evidence {
        sentence: sentence.to_owned(),
        supported: false,
        quote: None,
        similarity: 0.0,
        overlap: 0.0,
        problems: vec![problem.to_owned()],
    }
}
