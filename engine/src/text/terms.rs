//! The words that BM25 counts.
//!
//! text -> compatibility characters unified (NFKC) -> lower case -> words by Unicode Standard
//! Annex 29 -> function words dropped -> stems. Scripts without spaces between words (Chinese,
//! Japanese, Thai and their like) give overlapping pairs of characters instead.

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::scripts::{is_han, is_unspaced};

/// Longer runs, such as encoded data, are cut here.
const LONGEST_TERM: usize = 64;

/// English words that say nothing about the subject. Sorted.
const STOP_WORDS: &[&str] = &[
    "a", "about", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "being",
    "but", "by", "can", "could", "did", "do", "does", "for", "from", "had", "has", "have", "he",
    "her", "his", "how", "i", "if", "in", "into", "is", "it", "its", "may", "me", "might", "my",
    "no", "not", "of", "on", "or", "our", "shall", "she", "should", "so", "some", "such", "than",
    "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "to", "was",
    "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you",
    "your",
];

/// Turns text into index terms; documents and questions must go through the same one.
pub struct Analyzer {
    language: String,
    stemmer: Option<Stemmer>,
}

impl Default for Analyzer {
    /// English.
    fn default() -> Self {
        Self::new("en")
    }
}

impl Analyzer {
    /// An analyzer for a language by its ISO 639-1 code. A language without a Snowball stemmer is
    /// indexed by its unchanged words.
    pub fn new(language: &str) -> Self {
        Self {
            language: language.to_owned(),
            stemmer: algorithm(language).map(Stemmer::create),
        }
    }

    /// The code it was made for.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The terms of a text, in order, repeated as often as they occur.
    pub fn terms(&self, text: &str) -> Vec<String> {
        let text: String = text.nfkc().flat_map(char::to_lowercase).collect();
        let mut terms = Vec::new();
        let mut previous = None;
        for (at, word) in text.unicode_word_indices() {
            previous = if let Some(character) = unspaced(word) {
                push_unspaced(character, at, previous, &mut terms);
                Some((at + word.len(), character))
            } else {
                self.push_word(word, &mut terms);
                None
            };
        }
        terms
    }

    fn push_word(&self, word: &str, terms: &mut Vec<String>) {
        let word = word
            .strip_suffix("'s")
            .or_else(|| word.strip_suffix("’s"))
            .unwrap_or(word);
        if self.language == "en" && STOP_WORDS.binary_search(&word).is_ok() {
            return;
        }
        let word = &word[..word.floor_char_boundary(LONGEST_TERM)];
        let term = match &self.stemmer {
            Some(stemmer) if word.chars().all(char::is_alphabetic) => stemmer.stem(word),
            _ => word.into(),
        };
        terms.push(term.into_owned());
    }
}

impl std::fmt::Debug for Analyzer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Analyzer")
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

/// The character of a word that the annex cut out of a script without spaces.
fn unspaced(word: &str) -> Option<char> {
    let mut characters = word.chars();
    let character = characters.next()?;
    (characters.next().is_none() && is_unspaced(character)).then_some(character)
}

/// A pair with the character before it; Han characters also alone, since many are words.
fn push_unspaced(
    character: char,
    at: usize,
    previous: Option<(usize, char)>,
    terms: &mut Vec<String>,
) {
    if let Some((end, before)) = previous
        && end == at
    {
        terms.push(String::from_iter([before, character]));
    }
    if is_han(character) {
        terms.push(character.into());
    }
}

fn algorithm(language: &str) -> Option<Algorithm> {
    Some(match language {
        "ar" => Algorithm::Arabic,
        "da" => Algorithm::Danish,
        "nl" => Algorithm::Dutch,
        "en" => Algorithm::English,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "no" | "nb" | "nn" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "es" => Algorithm::Spanish,
        "sv" => Algorithm::Swedish,
        "ta" => Algorithm::Tamil,
        "tr" => Algorithm::Turkish,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stop_words_are_sorted_for_the_binary_search() {
        assert!(STOP_WORDS.is_sorted());
    }

    #[test]
    fn english() {
        assert_eq!(
            Analyzer::default().terms("What IS the Ｂoundary-layer's flowing, at 3.5 km? ﬁles"),
            ["boundari", "layer", "flow", "3.5", "km", "file"]
        );
    }

    #[test]
    fn other_languages() {
        assert_eq!(Analyzer::new("pt").terms("As canções"), ["as", "cançõ"]);
        assert_eq!(Analyzer::new("xx").terms("the files"), ["the", "files"]);
    }

    #[test]
    fn scripts_without_spaces() {
        assert_eq!(
            Analyzer::default().terms("東京 is big, 都"),
            ["東", "東京", "京", "big", "都"]
        );
        assert_eq!(Analyzer::default().terms("ねこ"), ["ねこ"]);
    }

    proptest! {
        #[test]
        fn never_panics_and_is_stable_under_case(text in "\\PC{0,60}") {
            let analyzer = Analyzer::default();
            for term in analyzer.terms(&text) {
                prop_assert!(!term.is_empty() && term.len() <= LONGEST_TERM * 2);
            }
        }
    }
}
