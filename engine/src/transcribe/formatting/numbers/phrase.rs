//! The words of a text as the rules for numbers look at them.

use super::super::word::{folded, parts};
use super::{atom::Atom, language::Language};

/// A word, looked up.
pub(super) struct Spoken<'a> {
    pub opening: &'a str,
    pub core: &'a str,
    pub closing: &'a str,
    /// `core` in the form in which words are compared.
    pub folded: String,
    /// Pieces of a number; empty when the word is none.
    pub atoms: Vec<Atom>,
}

/// All words of a text.
pub(super) struct Phrase<'a> {
    pub language: &'static Language,
    words: Vec<Spoken<'a>>,
}

impl<'a> Phrase<'a> {
    pub(super) fn new(words: &[&'a str], language: &'static Language) -> Self {
        let spoken = |word: &&'a str| {
            let found = parts(word);
            let folded = folded(found.core);
            let atoms = language.atoms(&folded).unwrap_or_default();
            Spoken {
                opening: found.opening,
                core: found.core,
                closing: found.closing,
                folded,
                atoms,
            }
        };
        Self {
            language,
            words: words.iter().map(spoken).collect(),
        }
    }

    pub(super) fn get(&self, at: usize) -> Option<&Spoken<'a>> {
        self.words.get(at)
    }

    /// The word, when nothing but a space stands between it and the one before.
    pub(super) fn next(&self, at: usize) -> Option<&Spoken<'a>> {
        let before = self.words.get(at.checked_sub(1)?)?;
        let word = self.words.get(at)?;
        (before.closing.is_empty() && word.opening.is_empty()).then_some(word)
    }

    /// The word of what begins at `start`: whatever stands before the first, nothing but spaces between
    /// the others.
    pub(super) fn word(&self, start: usize, at: usize) -> Option<&Spoken<'a>> {
        if at == start {
            self.get(at)
        } else {
            self.next(at)
        }
    }

    /// Whether the words from here on are these, with nothing but spaces before and between them.
    /// One or two words, with a space between. Gives the position after them.
    pub(super) fn follows(&self, at: usize, words: &str) -> Option<usize> {
        let mut end = at;
        for word in words.split(' ') {
            (self.next(end)?.folded == word).then_some(())?;
            end += 1;
        }
        Some(end)
    }

    /// Like [`Self::follows`], for the first of several that does.
    pub(super) fn follows_any(&self, at: usize, choices: &[&str]) -> Option<usize> {
        choices.iter().find_map(|words| self.follows(at, words))
    }

    /// The digit that a word stands for.
    pub(super) fn digit(&self, at: usize) -> Option<u64> {
        match self.get(at)?.atoms.as_slice() {
            [atom] => atom.digit(),
            _ => None,
        }
    }

    /// Whether the word is the English letter that is said for a zero.
    pub(super) fn is_oh(&self, at: usize) -> bool {
        let oh = |word: &Spoken<'_>| matches!(word.folded.as_str(), "oh" | "o");
        self.language.code == "en" && self.next(at).is_some_and(oh)
    }

    /// Whether per cent or a currency is said here.
    pub(super) fn unit_follows(&self, at: usize) -> bool {
        let currency = || {
            let mut currencies = self.language.currencies.iter();
            currencies.any(|currency| self.follows_any(at, currency.units).is_some())
        };
        self.follows_any(at, self.language.percents).is_some() || currency()
    }
}

/// Words that a rule knows how to write.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// What is written; nothing when the words stay as they are.
    pub text: Option<String>,
    /// Position after the last of the words.
    pub end: usize,
}

impl Found {
    pub(super) fn written(text: String, end: usize) -> Self {
        Self {
            text: Some(text),
            end,
        }
    }

    pub(super) fn kept(end: usize) -> Self {
        Self { text: None, end }
    }
}
