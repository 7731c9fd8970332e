//! Sentences of two languages, made from the declaration: one after the other, or some words of the one within
//! the other; and sentences of one language, in which nothing changes.

use std::ops::Range;

use rand::{Rng, RngExt, seq::IndexedRandom};

use super::declaration::Paragraphs;

/// Languages that people mix, or that are near each other.
const PAIRS: [(&str, &str); 26] = [
    ("en", "es"),
    ("en", "de"),
    ("en", "fr"),
    ("en", "pt"),
    ("de", "tr"),
    ("fr", "ar"),
    ("en", "hi"),
    ("en", "zh"),
    ("es", "ca"),
    ("nl", "de"),
    ("ru", "uk"),
    ("en", "tl"),
    ("fr", "it"),
    ("pl", "de"),
    ("sv", "en"),
    ("en", "sw"),
    ("id", "en"),
    ("ja", "en"),
    ("es", "eu"),
    ("en", "cy"),
    ("it", "de"),
    ("ro", "hu"),
    ("fi", "sv"),
    ("en", "vi"),
    ("ko", "en"),
    ("he", "ru"),
];

/// Written without spaces.
const UNSPACED: [&str; 3] = ["ja", "zh", "th"];

/// How the languages are mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One after the other.
    Joined,
    /// A few words of one within the other.
    Inserted,
    /// Not at all.
    Single,
}

/// Words with the language of each.
#[derive(Debug, Clone)]
pub struct Mixed {
    /// How.
    pub kind: Kind,
    /// The words joined by spaces.
    pub text: String,
    /// Each word's bytes and language.
    pub words: Vec<(Range<usize>, String)>,
}

/// Makes so many of a kind.
pub fn make(
    paragraphs: &Paragraphs,
    kind: Kind,
    count: usize,
    random: &mut impl Rng,
) -> Vec<Mixed> {
    let mut made = Vec::with_capacity(count);
    while made.len() < count {
        let Some(&(mut one, mut other)) = PAIRS.choose(random) else {
            break;
        };
        if random.random_bool(0.5) {
            std::mem::swap(&mut one, &mut other);
        }
        let mut words = |language: &str, range: Range<usize>| {
            let count = random.random_range(range);
            pick(paragraphs, language, count, random)
        };
        let parts = match kind {
            Kind::Joined => vec![(one, words(one, 5..13)), (other, words(other, 5..13))],
            Kind::Inserted => {
                let (before, after) = (words(one, 4..8), words(one, 4..8));
                vec![(one, before), (other, words(other, 2..6)), (one, after)]
            }
            Kind::Single => vec![(one, words(one, 8..21))],
        };
        made.push(join(kind, &parts));
    }
    made
}

fn pick(
    paragraphs: &Paragraphs,
    language: &str,
    count: usize,
    random: &mut impl Rng,
) -> Vec<String> {
    let Some(text) = paragraphs
        .get(language)
        .and_then(|texts| texts.choose(random))
    else {
        return Vec::new();
    };
    if UNSPACED.contains(&language) {
        let characters: Vec<char> = text.chars().collect();
        let length = (count * 2).min(characters.len());
        let start = random.random_range(0..=characters.len() - length);
        return vec![characters[start..start + length].iter().collect()];
    }
    let words: Vec<&str> = text.split(' ').collect();
    let start = random.random_range(0..words.len().saturating_sub(count).max(1));
    words[start..(start + count).min(words.len())]
        .iter()
        .map(|word| (*word).to_owned())
        .collect()
}

fn join(kind: Kind, parts: &[(&str, Vec<String>)]) -> Mixed {
    let mut mixed = Mixed {
        kind,
        text: String::new(),
        words: Vec::new(),
    };
    for (language, words) in parts {
        for word in words {
            if !mixed.text.is_empty() {
                mixed.text.push(' ');
            }
            let start = mixed.text.len();
            mixed.text.push_str(word);
            mixed
                .words
                .push((start..mixed.text.len(), (*language).to_owned()));
        }
    }
    mixed
}

/// Right words, and spans whose ends and language are right.
#[derive(Debug, Clone, Copy, Default)]
pub struct Score {
    words: usize,
    right_words: usize,
    found: usize,
    wrong: usize,
    missed: usize,
}

impl Score {
    /// Compares with what was told of each word.
    pub fn add(&mut self, mixed: &Mixed, told: &[Option<String>]) {
        let known: Vec<Option<String>> = mixed
            .words
            .iter()
            .map(|(_, language)| Some(language.clone()))
            .collect();
        self.words += known.len();
        self.right_words += known
            .iter()
            .zip(told)
            .filter(|(one, other)| one == other)
            .count();
        let (known, told) = (runs(&known), runs(told));
        let found = known.iter().filter(|run| told.contains(run)).count();
        self.found += found;
        self.missed += known.len() - found;
        self.wrong += told.len() - found;
    }

    /// Share of right words.
    pub fn accuracy(&self) -> f64 {
        self.right_words as f64 / self.words.max(1) as f64
    }

    /// Harmonic mean of the spans' precision and recall.
    pub fn f1(&self) -> f64 {
        let found = self.found as f64;
        2.0 * found / (2.0 * found + self.wrong as f64 + self.missed as f64)
    }
}

/// First word, end and language of each run of words in one language.
fn runs(languages: &[Option<String>]) -> Vec<(usize, usize, Option<String>)> {
    let mut runs: Vec<(usize, usize, Option<String>)> = Vec::new();
    for (at, language) in languages.iter().enumerate() {
        match runs.last_mut() {
            Some((_, end, last)) if last == language => *end = at + 1,
            _ => runs.push((at, at + 1, language.clone())),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_count_when_ends_and_language_are_right() {
        let words = ["en", "en", "de"].map(|language| (0..1, language.to_owned()));
        let mixed = Mixed {
            kind: Kind::Joined,
            text: String::new(),
            words: words.to_vec(),
        };
        let told = |languages: [&str; 3]| languages.map(|one| Some(one.to_owned()));
        let mut score = Score::default();
        score.add(&mixed, &told(["en", "en", "de"]));
        assert!((score.f1() - 1.0).abs() < 1e-9 && (score.accuracy() - 1.0).abs() < 1e-9);
        let mut score = Score::default();
        score.add(&mixed, &told(["en", "de", "de"]));
        assert!(score.f1() < 1e-9 && (score.accuracy() - 2.0 / 3.0).abs() < 1e-9);
    }
}
