//! Varieties of a language, told apart by words.
//!
//! text -> words (`tokens`) -> lists and rules (`lists`, `rules`, for Chinese `han`) -> [`Evidence`] ->
//! naive Bayes over the varieties (`family`) -> [`Variety`]. Where no word is evidence there is no answer.

mod family;
mod han;
mod lists;
mod rules;
mod tokens;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{LanguageGuess, statistics};
use family::{Family, Finding, SISTERS};

/// Most pieces of evidence that are kept; there is no doubt left by then.
const MOST: usize = 64;

/// Least share of a sister before words are looked at.
const POSSIBLE: f64 = 0.05;

/// Which variety of a language a text is in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variety {
    /// Likeliest first.
    pub guesses: Vec<VarietyGuess>,
    /// What decided, in the text's order; never empty.
    pub evidence: Vec<Evidence>,
}

/// A variety and how sure we are of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VarietyGuess {
    /// BCP 47 tag, e.g. `pt-BR`.
    pub variety: String,
    /// In `[0, 1]`; all guesses sum to at most 1.
    pub confidence: f64,
}

/// A word that tells varieties apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// As it stands in the text.
    pub text: String,
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// The varieties that it speaks for.
    pub varieties: Vec<String>,
}

/// The variety of a text in a language (ISO 639-1: `en`, `pt`, `es`, `fr`, `de`, `zh`); `None` where nothing in
/// it is evidence, and for other languages.
///
/// Evidence are words that are spelled differently (from the Hunspell dictionaries of four Englishes), words
/// that others would not use (lists of ours), and some turns of phrase.
pub fn variety(text: &str, language: &str) -> Option<Variety> {
    variety_within(text, language, std::slice::from_ref(&(0..text.len())))
}

/// As [`variety()`], of pieces of a text only.
pub(super) fn variety_within(
    text: &str,
    language: &str,
    pieces: &[Range<usize>],
) -> Option<Variety> {
    let family = Family::of(language)?;
    let inside = |finding: &Finding| {
        let mut pieces = pieces.iter();
        pieces.any(|piece| piece.start <= finding.range.start && finding.range.end <= piece.end)
    };
    let mut found = family.findings(text, MOST);
    found.retain(inside);
    if found.is_empty() {
        return None;
    }
    let evidence = found.iter().map(|finding| Evidence {
        text: text[finding.range.clone()].to_owned(),
        range: finding.range.clone(),
        varieties: family.names(finding.members).map(str::to_owned).collect(),
    });
    let evidence = evidence.collect();
    let priors = family.priors().collect();
    let weighed = weigh(priors, &found);
    let named = family.name_guesses(&weighed, &found);
    let mut guesses: Vec<VarietyGuess> = named
        .map(|(variety, confidence)| VarietyGuess {
            variety: variety.to_owned(),
            confidence,
        })
        .collect();
    guesses.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    Some(Variety { guesses, evidence })
}

/// Lets words decide between languages that n-grams hardly tell apart, such as Serbian, Croatian and Bosnian.
/// What the sisters have in all stays as it is. None is ruled out by the statistics, which know Serbian in Cyrillic
/// letters better than in Latin ones.
pub(super) fn weigh_sisters(text: &str, guesses: &mut Vec<LanguageGuess>) {
    let Some(first) = guesses.first() else { return };
    let sisters = SISTERS.iter();
    let Some(family) = sisters
        .into_iter()
        .find(|family| family.member(&first.language).is_some())
    else {
        return;
    };
    let found = family.findings(text, MOST);
    if found.is_empty() {
        return;
    }
    let confidence = |name: &str| {
        let known = guesses.iter().find(|guess| guess.language == name);
        known.map_or(0.0, |guess| guess.confidence)
    };
    let names = || family.names(u8::MAX);
    let sum: f64 = names().map(confidence).sum();
    let priors = names().map(|name| confidence(name).max(sum * POSSIBLE));
    let weighed = weigh(priors.collect(), &found);
    for (name, weight) in names().zip(weighed) {
        let confidence = weight * sum;
        match guesses.iter_mut().find(|guess| guess.language == name) {
            Some(guess) => guess.confidence = confidence,
            None => guesses.push(LanguageGuess {
                language: name.to_owned(),
                name: statistics::name_of(name).to_owned(),
                confidence,
            }),
        }
    }
    guesses.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
}

/// Whether two languages are told apart by words.
pub(super) fn are_sisters(one: &str, other: &str) -> bool {
    SISTERS
        .iter()
        .any(|family| family.member(one).is_some() && family.member(other).is_some())
}

/// Bayes with independent words: what a word does not speak for becomes less likely. The result sums to what
/// leaves room for error.
fn weigh(mut weights: Vec<f64>, found: &[Finding]) -> Vec<f64> {
    for finding in found {
        for (member, weight) in weights.iter_mut().enumerate() {
            if finding.members & (1 << member) == 0 {
                *weight *= finding.strength.others();
            }
        }
        // Many words would leave nothing of any.
        let most = weights.iter().copied().fold(0.0, f64::max);
        if most > 0.0 {
            for weight in &mut weights {
                *weight /= most;
            }
        }
    }
    let sum: f64 = weights.iter().sum();
    if sum > 0.0 {
        for weight in &mut weights {
            *weight *= family::SUREST / sum;
        }
    }
    weights
}

#[cfg(test)]
mod tests;
