//! Profanity: kept, masked or left out.
//!
//! A word is looked up whole, never in part, so that "Scunthorpe" and "cocktail" are safe. Only its
//! parts between hyphens and apostrophes are looked up on their own as well ("l'enculé"). Words that
//! are everyday words too (the English bird "cock", German "Schwanz") are in no list.

mod list;
mod spelling;

use std::collections::HashMap;

use serde::Deserialize;
use unicode_segmentation::UnicodeSegmentation;

use self::{list::list, spelling::spellings};
use super::{
    token::{Token, each, unchanged},
    word::{folded, language_code, parts},
};

/// How strong a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Strength {
    /// Rude in some company only ("crap"), or an everyday word or a name as well ("tits", "Troia").
    Mild,
    /// Bleeped in broadcasts: vulgar words for sex and excrement, and slurs.
    #[default]
    Strong,
}

/// What happens to profanity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProfanityMode {
    /// As recognised.
    #[default]
    Keep,
    /// The first letter stays and every further one becomes an asterisk.
    Mask,
    /// The words are left out, with the punctuation attached to them. Words that the recogniser has
    /// masked itself (`f*ck`) stay as they are.
    Remove,
}

/// What counts as profanity, and what happens to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profanity {
    /// What happens.
    pub mode: ProfanityMode,
    /// Least strength of a word that anything happens to.
    pub least: Strength,
    own: HashMap<String, bool>,
}

impl Profanity {
    /// The lists of the language, from [`Strength::Strong`].
    pub fn new(mode: ProfanityMode) -> Self {
        Self {
            mode,
            ..Self::default()
        }
    }

    /// Single words that count as profanity in every language; each inflected form is a word of its
    /// own.
    #[must_use]
    pub fn with_words<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.own
            .extend(words.into_iter().map(|word| (folded(word.trim()), true)));
        self
    }

    /// Single words that never count as profanity, whatever the lists say.
    #[must_use]
    pub fn with_exceptions<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.own
            .extend(words.into_iter().map(|word| (folded(word.trim()), false)));
        self
    }

    /// Masks or leaves out profanity, as set. Lists exist for `de`, `en`, `es`, `fr`, `it`, `nl`,
    /// `pl`, `pt` and `ru`; in other languages only the user's own words count. Takes time linear
    /// in the length of the words.
    pub fn apply(&self, words: &[&str], language: &str) -> Vec<Token> {
        let listed = list(&language_code(language));
        let judge = |word: &str| self.is_profane(word, listed);
        match self.mode {
            ProfanityMode::Keep => unchanged(words),
            ProfanityMode::Mask => each(words, |word| Some(edited(word, &judge, &masked))),
            ProfanityMode::Remove => each(words, |word| {
                let kept = |word: &&str| !has_profanity(word, &judge);
                let kept: Vec<&str> = word.split(' ').filter(kept).collect();
                Some(kept.join(" "))
            }),
        }
    }

    fn is_profane(&self, word: &str, listed: Option<&HashMap<String, Strength>>) -> bool {
        let exact = folded(word);
        if let Some(own) = self.own.get(&exact) {
            return *own;
        }
        spellings(&exact).iter().any(|spelling| {
            self.own.get(spelling).copied().unwrap_or_else(|| {
                let strength = listed.and_then(|listed| listed.get(spelling));
                strength.is_some_and(|strength| *strength >= self.least)
            })
        })
    }
}

/// Characters that may end a word from the point of view of the lists.
const SEPARATORS: [char; 5] = ['-', '\'', '’', '‑', ' '];

fn has_profanity(word: &str, judge: &impl Fn(&str) -> bool) -> bool {
    edited(word, judge, &|_| String::new()) != word
}

/// Writes the profane parts of a word anew: the whole of it, or what stands between separators.
fn edited(word: &str, judge: &impl Fn(&str) -> bool, write: &impl Fn(&str) -> String) -> String {
    let (opening, core, closing) = bounds(word);
    let joined = core.replace(['-', '‑'], "");
    if judge(core) || (joined.len() < core.len() && judge(&joined)) {
        return format!("{opening}{}{closing}", write(core));
    }
    let mut text = opening.to_owned();
    for piece in core.split_inclusive(SEPARATORS) {
        let (before, inner, after) = bounds(piece);
        let profane = !inner.is_empty() && judge(inner);
        let inner = if profane {
            write(inner)
        } else {
            inner.to_owned()
        };
        text.extend([before, inner.as_str(), after]);
    }
    text + closing
}

/// The marks before a word, the word, and the marks after it. A sign that stands in for the first
/// letter (`@ss`, `$hit`) belongs to the word.
fn bounds(word: &str) -> (&str, &str, &str) {
    let found = parts(word);
    let sign = found.opening.trim_end_matches(['@', '$']).len();
    let (opening, rest) = word.split_at(sign);
    let (core, closing) = rest.split_at(rest.len() - found.closing.len());
    (opening, core, closing)
}

/// The first character stays; letters, digits and the signs that stand in for them become asterisks.
fn masked(word: &str) -> String {
    let hidden = |c: char| c.is_alphanumeric() || "@$!".contains(c);
    word.graphemes(true)
        .enumerate()
        .map(|(at, grapheme)| match at {
            1.. if grapheme.contains(hidden) => "*",
            _ => grapheme,
        })
        .collect()
}

#[cfg(test)]
mod tests;
