//! Which sentences may answer the question, if any.

use super::{
    sources::{Sources, cosine},
    words::Words,
};

/// Least score of a sentence that may answer. Chosen on the development half of the question set
/// (`engine/documents/questions.toml`); the held-out half was looked at only afterwards.
const MIN_SCORE: f32 = 0.55;
/// Least weighted share of the question's words that a sentence and its surroundings must have.
const MIN_COVERAGE: f32 = 0.6;
/// Least similarity of question and sentence.
const MIN_SIMILARITY: f32 = 0.35;

/// Beginnings of questions that only a number answers.
const QUANTITIES: [&str; 13] = [
    "how many",
    "how much",
    "how long",
    "how large",
    "how big",
    "how fast",
    "how old",
    "how often",
    "how far",
    "how high",
    "what percentage",
    "what port",
    "which port",
];

/// Stems of words for people where no name is given.
const PEOPLE: [&str; 8] = [
    "peopl", "person", "team", "compani", "develop", "user", "owner", "client",
];

/// A sentence that may answer the question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::converse) struct Candidate {
    /// Index among the sources.
    pub(in crate::converse) source: usize,
    /// Mean of similarity and coverage.
    pub(in crate::converse) score: f32,
    /// Cosine similarity to the question.
    pub(in crate::converse) similarity: f32,
}

/// Whether only a number answers the question.
pub(super) fn asks_for_quantity(question: &str) -> bool {
    let question = question.to_lowercase();
    QUANTITIES
        .iter()
        .any(|beginning| question.contains(beginning))
}

/// Whether somebody is asked for, and the sentence names nobody whom the question does not.
fn misses_the_person(question: &str, asked: &Words, sentence: &Words) -> bool {
    let who = question.trim_start().to_lowercase().starts_with("who ");
    let person = |words: &Words| PEOPLE.iter().any(|person| words.has(person));
    who && !person(sentence) && sentence.names.is_subset(&asked.names)
}

/// What is counted: the first content word after "how many" or "how much". A sentence that does
/// not name it does not count it.
fn counted(question: &str) -> Option<String> {
    let question = question.to_lowercase();
    let (_, rest) = question
        .split_once("how many")
        .or_else(|| question.split_once("how much"))?;
    Words::of(rest).order.into_iter().next()
}

impl Sources {
    /// Sentences that may answer, best first; empty when the documents do not answer.
    pub(in crate::converse) fn candidates(&self, question: &str, vector: &[f32]) -> Vec<Candidate> {
        let asked = Words::of(question);
        let mut everything = Words::default();
        for source in &self.sentences {
            everything.extend(&source.words);
            everything.extend(&source.context);
        }
        // A number or a name that no passage has: the question is about something else.
        if !asked.facts_missing_in(&everything).is_empty() {
            return Vec::new();
        }
        let quantity = asks_for_quantity(question);
        let counted = counted(question);
        let fits = |words: &Words| {
            (!quantity || !words.numbers.is_empty())
                && counted.as_ref().is_none_or(|noun| words.has(noun))
                && !misses_the_person(question, &asked, words)
        };
        let mut candidates: Vec<Candidate> = (0..self.sentences.len())
            .filter(|index| fits(&self.sentences[*index].words))
            .filter_map(|index| self.candidate(index, &asked, vector))
            .collect();
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        candidates
    }

    fn candidate(&self, index: usize, question: &Words, vector: &[f32]) -> Option<Candidate> {
        let source = &self.sentences[index];
        let similarity = cosine(&source.vector, vector);
        let coverage = self.coverage(question, index);
        let score = f32::midpoint(similarity, coverage);
        let enough = score >= MIN_SCORE && coverage >= MIN_COVERAGE && similarity >= MIN_SIMILARITY;
        enough.then_some(Candidate {
            source: index,
            score,
            similarity,
        })
    }

    /// Share of the question's content words that the sentence, its neighbours and headings have.
    /// Rare words count for more; one that no sentence has counts for most.
    fn coverage(&self, question: &Words, index: usize) -> f32 {
        let window = self.window(index);
        let total = self.sentences.len() as f32;
        let (mut covered, mut all) = (0.0, 0.0);
        for word in question.content.iter().chain(&question.numbers) {
            let has = |words: &Words| words.content.contains(word) || words.numbers.contains(word);
            let having = self
                .sentences
                .iter()
                .filter(|s| has(&s.words) || has(&s.context))
                .count();
            let weight = (1.0 + total / (having as f32).max(0.5)).ln();
            all += weight;
            if window.has(word) {
                covered += weight;
            }
        }
        if all > 0.0 { covered / all } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_for_a_quantity_names_what_it_counts() {
        assert!(asks_for_quantity("How long may a recording be?"));
        assert!(!asks_for_quantity("Which voice is the default?"));
        assert_eq!(
            counted("How many of the languages are there?").as_deref(),
            Some("languag")
        );
        assert_eq!(counted("How long is it?"), None);
    }

    #[test]
    fn a_question_for_a_person_needs_one_in_the_answer() {
        let question = "Who founded Locutor?";
        let misses = |text| misses_the_person(question, &Words::of(question), &Words::of(text));
        assert!(misses(
            "The passage is found before anybody sees it, so Locutor checks it."
        ));
        assert!(!misses("Since 1913 it is owned by Ada Lovelace."));
        assert!(!misses("Two developers began with Locutor."));
        assert!(!misses_the_person(
            "What is found?",
            &Words::default(),
            &Words::of("A passage.")
        ));
    }
}
