//! Numbers: as recognised, in digits, or in words.
//!
//! Turning spoken numbers into digits is called inverse text normalisation. The rules here are those
//! of the languages, not learnt ones, so that nothing is written that was not said.

mod atom;
mod cardinal;
mod date;
mod digits;
mod english;
mod french;
mod german;
mod idiom;
mod italian;
mod language;
mod notation;
mod ordinal;
mod phrase;
mod portuguese;
mod quantity;
mod reading;
mod series;
mod spanish;
mod spelling;
#[cfg(test)]
mod tests;
mod words;

use self::language::language;
use super::token::{Token, unchanged};

/// How numbers are written, in the languages `en`, `de`, `fr`, `es`, `pt` and `it`. In others, and
/// from [`LIMIT`] on, they stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Numbers {
    /// As recognised.
    #[default]
    Keep,
    /// In digits: cardinals, decimals, percentages, amounts of money, and three or more digits said
    /// one by one; in English also ordinals, years, and times of day. Digits are grouped from
    /// 10,000 on, in the way of the language.
    Digits {
        /// Cardinals and ordinals below it stay words, unless they have a unit. "one" alone and
        /// "a hundred" alone always stay. By convention [`Numbers::LEAST`].
        least: u64,
    },
    /// In words: integers, decimals and percentages; in English also ordinals. Numbers with other
    /// signs, with zeros before them, or with letters stay as they are.
    Words,
}

impl Numbers {
    /// Style guides write smaller numbers in words.
    pub const LEAST: u64 = 10;

    /// In digits, from [`Numbers::LEAST`] on.
    pub const fn digits() -> Self {
        Self::Digits { least: Self::LEAST }
    }
}

/// Writes numbers anew, when so set. A number of several words becomes one token; a token that says
/// one written number in several words contains spaces. Marks before and after a number stay; marks
/// between two words end a number. Takes time linear in the length of the words.
pub fn write_numbers(words: &[&str], numbers: Numbers, language_tag: &str) -> Vec<Token> {
    match (numbers, language(language_tag)) {
        (Numbers::Digits { least }, Some(language)) => digits::digits(words, language, least),
        (Numbers::Words, Some(language)) => words::words(words, language),
        (Numbers::Keep, _) | (_, None) => unchanged(words),
    }
}
