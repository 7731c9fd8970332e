//! What a single word tells of its language.
//!
//! word -> its script, where that settles it, else the statistics of its letters -> the chance of each language.

use std::rc::Rc;

use super::{
    script::{self, Settled},
    statistics,
};
use crate::text::is_unspaced;

/// Least chance of a word in a language: names, borrowed and misspelt words rule nothing out. It is so high that no
/// single word (`naïve`) pays for two changes.
const LEAST: f64 = 3e-3;

/// The same for a word in another script than the Latin one, which says more.
const LEAST_IN_OTHER_SCRIPT: f64 = 1e-4;

/// Longest word that is looked at, in bytes; no language has longer ones.
const LONGEST_WORD: usize = 128;

/// A language, small enough to be kept for each word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Tongue {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
}

/// What a word may be in; shared by all its occurrences.
#[derive(Clone)]
pub(super) struct Chances {
    /// None when it says nothing.
    pub(super) tongues: Rc<[(Tongue, f64)]>,
    /// Chance of all others.
    least: f64,
}

impl Chances {
    pub(super) fn of(word: &str) -> Self {
        let is_latin = |letter: char| {
            letter.is_ascii() || matches!(letter, '\u{80}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}')
        };
        let least = if word.chars().all(is_latin) {
            LEAST
        } else {
            LEAST_IN_OTHER_SCRIPT
        };
        Self {
            tongues: tongues(word),
            least,
        }
    }

    /// Of a language.
    pub(super) fn chance(&self, tongue: Tongue) -> f64 {
        let found = self.tongues.iter().find(|(found, _)| *found == tongue);
        found.map_or(self.least, |(_, chance)| chance.max(self.least))
    }
}

/// The languages that it may be in, none when it says nothing.
fn tongues(word: &str) -> Rc<[(Tongue, f64)]> {
    // A single letter is the sign of something in any language.
    let mut letters = word.chars();
    let single =
        letters.next().is_some_and(|letter| !is_unspaced(letter)) && letters.next().is_none();
    if single {
        return Rc::from([]);
    }
    if let Some(Settled {
        code,
        name,
        confidence,
    }) = script::settled(word)
    {
        let settled = (Tongue { code, name }, confidence);
        // A few Chinese characters stand in Japanese, too.
        let other = Tongue {
            code: "ja",
            name: "Japanese",
        };
        return match code {
            "zh" => Rc::from([settled, (other, 1.0 - confidence)]),
            _ => Rc::from([settled]),
        };
    }
    let word = &word[..word.floor_char_boundary(LONGEST_WORD)];
    let found = statistics::confidences(word)
        .into_iter()
        .filter(|(_, chance)| *chance >= LEAST);
    let tongue = |language| Tongue {
        code: statistics::static_code(language),
        name: statistics::name(language),
    };
    found
        .map(|(language, chance)| (tongue(language), chance))
        .collect()
}
