//! Where the language of a text changes.
//!
//! text -> words -> the chances of each by itself ([`Chances`]) -> the likeliest course of languages over
//! them (Viterbi), in which each change costs something -> neighbouring words of one language are a span.
//! Clauses and sentences play no part: people change language within them.

use std::{collections::HashMap, ops::Range};

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    chances::{Chances, Tongue},
    course::likeliest_course,
    detect, variant,
};
use crate::{Cancellation, Result, text::is_unspaced};

/// What a change of language costs, in natural logarithms of chances: once in twenty words. Lower finds more
/// short insertions and more that are none.
const CHANGE: f64 = 3.0;

/// Words that choose together which languages come into question.
const WINDOW: usize = 20;

/// Languages that come into question for each window.
const OF_WINDOW: usize = 3;

/// Most languages that come into question for a text.
const CANDIDATES: usize = 24;

/// Words of a text that are looked at.
const WORDS: usize = 20_000;

/// A piece of a text in one language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LanguageSpan {
    /// Its bytes in the text, from its first word to its last.
    pub range: Range<usize>,
    /// ISO 639-1 code.
    pub language: String,
    /// English name.
    pub name: String,
    /// In `[0, 1]`, for the span as a text by itself.
    pub confidence: f64,
}

/// Pieces of the text in one language each, in order; they do not overlap. Of long texts the first 20,000 words
/// count.
///
/// # Errors
/// [`crate::Error::Cancelled`].
pub fn spans(text: &str, cancellation: &Cancellation) -> Result<Vec<LanguageSpan>> {
    let words = words(text);
    let mut known: HashMap<&str, Chances> = HashMap::new();
    let mut chances = Vec::with_capacity(words.len());
    for range in &words {
        cancellation.check()?;
        let word = &text[range.clone()];
        let found = known.entry(word).or_insert_with(|| Chances::of(word));
        chances.push(found.clone());
    }
    let mut spans: Vec<LanguageSpan> = Vec::new();
    for (range, tongue) in words.iter().zip(course(&chances)) {
        match spans.last_mut() {
            Some(last) if last.language == tongue.code => last.range.end = range.end,
            _ => spans.push(LanguageSpan {
                range: range.clone(),
                language: tongue.code.to_owned(),
                name: tongue.name.to_owned(),
                confidence: 0.0,
            }),
        }
    }
    for span in &mut spans {
        cancellation.check()?;
        settle(&text[span.range.clone()], span);
    }
    Ok(joined(spans))
}

/// Words with letters; what is written without spaces is one until its script changes.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut last_unspaced = false;
    let found = text
        .unicode_word_indices()
        .filter(|(_, word)| word.contains(char::is_alphabetic));
    for (at, word) in found {
        let end = at + word.len();
        let unspaced = word.chars().all(is_unspaced);
        let goes_on = unspaced && last_unspaced;
        if let Some(last) = words.last_mut().filter(|last| goes_on && last.end == at) {
            last.end = end;
        } else if words.len() == WORDS {
            break;
        } else {
            words.push(at..end);
        }
        last_unspaced = unspaced;
    }
    words
}

/// The span as a text by itself: how sure it is, and which of several sisters, which words alone hardly tell apart.
fn settle(text: &str, span: &mut LanguageSpan) {
    let guesses = detect(text);
    if let Some(first) = guesses.first()
        && variant::are_sisters(&first.language, &span.language)
    {
        span.language.clone_from(&first.language);
        span.name.clone_from(&first.name);
    }
    let found = guesses.iter().find(|guess| guess.language == span.language);
    span.confidence = found.map_or(0.0, |guess| guess.confidence);
}

/// Neighbours that turned out to be of one language.
fn joined(spans: Vec<LanguageSpan>) -> Vec<LanguageSpan> {
    let mut joined: Vec<LanguageSpan> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if last.language == span.language => {
                last.range.end = span.range.end;
                last.confidence = last.confidence.max(span.confidence);
            }
            _ => joined.push(span),
        }
    }
    joined
}

/// The likeliest language of each word.
fn course(words: &[Chances]) -> Vec<Tongue> {
    let candidates = candidates(words);
    if candidates.is_empty() {
        return Vec::new();
    }
    let chances = words.iter().map(|word| {
        let of = |candidate: &Tongue| word.chance(*candidate).ln();
        candidates.iter().map(of).collect()
    });
    let chances: Vec<Vec<f64>> = chances.collect();
    let course = likeliest_course(&chances, CHANGE).into_iter();
    course.map(|at| candidates[at]).collect()
}

/// The likeliest of each window: what is likely in one place only must not be outvoted by the rest.
fn candidates(words: &[Chances]) -> Vec<Tongue> {
    let mut candidates: Vec<(Tongue, f64)> = Vec::new();
    for window in words.chunks(WINDOW) {
        let mut sums: Vec<(Tongue, f64)> = Vec::new();
        for (tongue, chance) in window.iter().flat_map(|word| word.tongues.iter()) {
            add(&mut sums, *tongue, *chance);
        }
        sums.sort_by(|one, other| other.1.total_cmp(&one.1));
        for (tongue, sum) in sums.into_iter().take(OF_WINDOW) {
            add(&mut candidates, tongue, sum);
        }
    }
    candidates.sort_by(|one, other| other.1.total_cmp(&one.1));
    candidates.truncate(CANDIDATES);
    candidates.into_iter().map(|(tongue, _)| tongue).collect()
}

fn add(sums: &mut Vec<(Tongue, f64)>, tongue: Tongue, chance: f64) {
    match sums.iter_mut().find(|(found, _)| *found == tongue) {
        Some((_, sum)) => *sum += chance,
        None => sums.push((tongue, chance)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<(String, &str)> {
        let found = spans(text, &Cancellation::new()).unwrap();
        found
            .into_iter()
            .map(|span| (span.language, &text[span.range]))
            .collect()
    }

    #[test]
    fn sentences_of_two_languages() {
        let text = "Everyone has the right to education. Jeder hat das Recht auf Bildung.";
        let expected = [
            ("en".to_owned(), "Everyone has the right to education"),
            ("de".to_owned(), "Jeder hat das Recht auf Bildung"),
        ];
        assert_eq!(pieces(text), expected);
    }

    #[test]
    fn a_change_within_a_sentence() {
        let text = "Yesterday we went to the market porque necesitábamos muchas verduras frescas for the dinner tonight";
        let found = pieces(text);
        let languages: Vec<&str> = found
            .iter()
            .map(|(language, _)| language.as_str())
            .collect();
        assert_eq!(languages, ["en", "es", "en"], "{found:?}");
        assert!(found[1].1.contains("necesitábamos muchas verduras"));
    }

    #[test]
    fn scripts_change_too() {
        let text = "He said привет, как дела to everybody in the room and 你好世界 to me";
        let languages: Vec<String> = pieces(text)
            .into_iter()
            .map(|(language, _)| language)
            .collect();
        assert_eq!(languages, ["en", "ru", "en", "zh", "en"]);
    }

    #[test]
    fn one_language_is_one_span() {
        let text = "All human beings are born free and equal in dignity and rights. They are endowed with reason.";
        assert_eq!(pieces(text).len(), 1);
        assert!(pieces("").is_empty() && pieces("123, 456!").is_empty() && pieces("Ω").is_empty());
    }

    #[test]
    fn japanese_is_not_cut_at_its_chinese_characters() {
        assert_eq!(
            pieces("私は東京の大学に行きました。"),
            [("ja".to_owned(), "私は東京の大学に行きました")]
        );
        assert_eq!(pieces("The letter Ω stands for resistance").len(), 1);
    }

    #[test]
    fn a_borrowed_word_is_no_change_and_one_in_another_script_is() {
        assert_eq!(
            pieces("The colour of the naïve sky above the old harbour is grey").len(),
            1
        );
        let text = "He said привет to everybody in the room";
        let languages: Vec<String> = pieces(text)
            .into_iter()
            .map(|(language, _)| language)
            .collect();
        assert_eq!(languages.len(), 3, "{languages:?}");
    }

    #[test]
    fn a_few_words_in_a_long_text_are_found() {
        let english =
            "It was a long walk along the river to the old bridge and back again. ".repeat(30);
        let text = format!("{english} Все люди рождаются свободными и равными {english}");
        let languages: Vec<String> = pieces(&text)
            .into_iter()
            .map(|(language, _)| language)
            .collect();
        assert_eq!(languages, ["en", "ru", "en"]);
    }

    #[test]
    fn one_endless_word_and_a_caller_who_is_gone_take_no_time() {
        assert_eq!(pieces(&"ab".repeat(500_000)).len(), 1);
        let cancellation = Cancellation::new();
        cancellation.cancel();
        assert!(matches!(
            spans("some words", &cancellation),
            Err(crate::Error::Cancelled)
        ));
    }

    #[test]
    fn spans_are_in_order_and_lie_on_characters() {
        proptest::proptest!(proptest::prelude::ProptestConfig::with_cases(64), |(text in "[a-zé世界привет .,]{0,60}")| {
            let mut end = 0;
            for span in spans(&text, &Cancellation::new()).unwrap() {
                assert!(span.range.start >= end && span.range.end <= text.len());
                assert!(text.is_char_boundary(span.range.start) && text.is_char_boundary(span.range.end));
                assert!((0.0..=1.0).contains(&span.confidence));
                end = span.range.end;
            }
        });
    }
}
