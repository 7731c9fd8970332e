//! What a sentence is made of: content words as stems, facts (numbers and names), negation.

use std::collections::HashSet;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation;

/// Words that say little by themselves, question words included.
const STOP_WORDS: &str = "a about after all also an and any are as at be because been but by can \
    could did do does doing done each for from get gets give gives given had has have he her how i \
    if in into is it its itself just kind may me might more most much many must my name no nor not of off on \
    once one only or other our out over own please say says shall she should so some such tell \
    than that the their them then there these they this those through to too type under up us use used \
    uses using very was we were what when where which while who whom whose why will with without \
    would yes you your";

/// Words that turn a statement round.
const NEGATIONS: [&str; 7] = ["not", "no", "never", "cannot", "without", "nor", "neither"];

const NUMBER_WORDS: [(&str, &str); 27] = [
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("ten", "10"),
    ("eleven", "11"),
    ("twelve", "12"),
    ("thirteen", "13"),
    ("fourteen", "14"),
    ("fifteen", "15"),
    ("sixteen", "16"),
    ("seventeen", "17"),
    ("eighteen", "18"),
    ("nineteen", "19"),
    ("twenty", "20"),
    ("thirty", "30"),
    ("forty", "40"),
    ("fifty", "50"),
    ("sixty", "60"),
    ("seventy", "70"),
    ("eighty", "80"),
    ("ninety", "90"),
    ("hundred", "100"),
];

/// A sentence taken apart.
#[derive(Debug, Default, Clone)]
pub(super) struct Words {
    /// Stems of the content words.
    pub(super) content: HashSet<String>,
    /// Stems and numbers in the order of the text.
    pub(super) order: Vec<String>,
    /// Words with a digit, and number words as digits: `22050`, `1.95.0`, `q8_0`, `2`.
    pub(super) numbers: HashSet<String>,
    /// Capitalised words that are not just the first of the sentence, in lower case.
    pub(super) names: HashSet<String>,
    /// Every word in lower case, to look names up in.
    pub(super) all: HashSet<String>,
    /// Whether the sentence denies something.
    pub(super) negated: bool,
}

impl Words {
    /// Takes English text apart; other languages lose only the stemming and the stop words.
    pub(super) fn of(text: &str) -> Self {
        let stemmer = Stemmer::create(Algorithm::English);
        let mut words = Self::default();
        for (position, word) in text.unicode_words().enumerate() {
            let lower = word.to_lowercase();
            words.negated |= NEGATIONS.contains(&lower.as_str()) || lower.ends_with("n't");
            if let Some(number) = number(&lower) {
                words.order.push(number.clone());
                words.numbers.insert(number);
            } else if !is_stop_word(&lower) {
                if is_name(word, position) {
                    words.names.insert(lower.clone());
                }
                let stem = stemmer.stem(&lower).into_owned();
                words.order.push(stem.clone());
                words.content.insert(stem);
            }
            words.all.insert(lower);
        }
        words
    }

    /// Adds what another text is made of.
    pub(super) fn extend(&mut self, other: &Self) {
        self.order.extend(other.order.iter().cloned());
        self.content.extend(other.content.iter().cloned());
        self.numbers.extend(other.numbers.iter().cloned());
        self.names.extend(other.names.iter().cloned());
        self.all.extend(other.all.iter().cloned());
    }

    /// The first word that this text uses more often than the support does: a name cut short, as
    /// in "the answer lies in answer" for `answer.wav`, is made of words that are all there.
    pub(super) fn overused(&self, support: &Self) -> Option<&String> {
        let count = |words: &Self, word| words.order.iter().filter(|other| *other == word).count();
        self.order
            .iter()
            .find(|word| count(self, *word) > count(support, *word).max(1))
    }

    /// Whether a stem or number occurs.
    pub(super) fn has(&self, word: &str) -> bool {
        self.content.contains(word) || self.numbers.contains(word)
    }

    /// Share of this text's words that the source has in the same order; words that only the
    /// source's headings have are left out. Order keeps "A needs B" apart from "B needs A", and a
    /// number beside its own noun.
    pub(super) fn share_in_order(&self, source: &Self, headings: &Self) -> f32 {
        let relevant = |word: &&String| source.has(word) || !headings.has(word);
        let claimed: Vec<&String> = self.order.iter().filter(relevant).collect();
        if claimed.is_empty() {
            return 0.0;
        }
        common_in_order(&claimed, &source.order) as f32 / claimed.len() as f32
    }

    /// Numbers and names of this text that the other lacks, in order.
    pub(super) fn facts_missing_in(&self, other: &Self) -> Vec<String> {
        let numbers = self.numbers.difference(&other.numbers);
        let names = self.names.iter().filter(|name| !other.knows(name));
        let mut missing: Vec<String> = numbers.chain(names).cloned().collect();
        missing.sort_unstable();
        missing
    }

    /// Whether a name occurs, in whatever inflection.
    fn knows(&self, name: &str) -> bool {
        let stem = Stemmer::create(Algorithm::English).stem(name).into_owned();
        self.all.contains(name) || self.content.contains(&stem)
    }
}

/// Length of the longest common subsequence.
fn common_in_order(left: &[&String], right: &[String]) -> usize {
    let mut row = vec![0; right.len() + 1];
    for a in left {
        let mut diagonal = 0;
        for (index, b) in right.iter().enumerate() {
            let above = row[index + 1];
            row[index + 1] = if *a == b {
                diagonal + 1
            } else {
                above.max(row[index])
            };
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or(0)
}

fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.split_ascii_whitespace().any(|stop| stop == word)
}

/// A capital inside the word always marks a name; one at its start does, except on the first word
/// of the text.
fn is_name(word: &str, position: usize) -> bool {
    let mut characters = word.chars();
    let first = characters.next().is_some_and(char::is_uppercase);
    characters.any(char::is_uppercase) || (first && position > 0)
}

/// The number a word stands for, thousands separators removed.
fn number(word: &str) -> Option<String> {
    if word.contains(|character: char| character.is_ascii_digit()) {
        return Some(word.replace([',', '\''], ""));
    }
    let known = NUMBER_WORDS.iter().find(|(name, _)| *name == word);
    known.map(|(_, digits)| (*digits).to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sorted(words: &HashSet<String>) -> Vec<&str> {
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        words.sort_unstable();
        words
    }

    #[test]
    fn numbers_are_compared_by_value_and_names_by_letters() {
        let words =
            Words::of("The voice speaks 22,050 samples, thirty of them in SQLite by Piper.");
        assert_eq!(sorted(&words.numbers), ["22050", "30"]);
        assert_eq!(sorted(&words.names), ["piper", "sqlite"]);
        let source = Words::of("Piper writes 22050 samples");
        assert_eq!(words.facts_missing_in(&source), ["30", "sqlite"]);
    }

    #[test]
    fn a_word_used_more_often_than_in_the_support_is_found() {
        let source = Words::of("It writes the spoken answer to answer.wav.");
        let cut = Words::of("It writes the spoken answer to answer.");
        assert_eq!(cut.overused(&source).map(String::as_str), Some("answer"));
        let whole = Words::of("The spoken answer is in answer.wav.");
        assert_eq!(whole.overused(&source), None);
    }

    #[test]
    fn content_is_stemmed_and_stop_words_are_left_out() {
        let words = Words::of("What are the models converted to?");
        assert_eq!(sorted(&words.content), ["convert", "model"]);
        assert!(!words.negated && Words::of("It doesn't run").negated);
    }

    #[test]
    fn swapped_roles_and_numbers_are_not_in_order() {
        let share = |claim: &str, source: &str| {
            Words::of(claim).share_in_order(&Words::of(source), &Words::default())
        };
        let ranking =
            "Dense search compares embeddings by cosine; sparse search ranks words with BM25.";
        assert!(share("Sparse search ranks words with BM25.", ranking) > 0.99);
        assert!(share("Sparse search ranks words by cosine.", ranking) < 0.85);
        let fusion =
            "Reciprocal rank fusion adds 1 / (k + rank) of both lists and uses k = 60 by default.";
        assert!(share("Reciprocal rank fusion uses k = 60.", fusion) > 0.99);
        assert!(share("The default k of reciprocal rank fusion is 1.", fusion) < 0.75);
    }

    proptest! {
        #[test]
        fn any_text_can_be_taken_apart(text in "\\PC{0,200}") {
            let words = Words::of(&text);
            prop_assert!(words.facts_missing_in(&words).is_empty());
            let share = words.share_in_order(&words, &Words::default());
            prop_assert!(words.order.is_empty() || share > 0.99);
        }
    }
}
