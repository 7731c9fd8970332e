//! How a transcript is written down: fillers, numbers, punctuation, capitals, replacements and
//! profanity.
//!
//! words of the recogniser -> [`Formatting::apply`] -> [`Token`]s, which say which words they stand
//! for, so that times and probabilities can follow. Nothing is changed unless it is asked for.
//!
//! What speech services call `numerals` is [`Numbers::digits`], `profanity_filter` and
//! `filter_profanity` are [`ProfanityMode::Mask`], `replace` is [`Replacements`], `punctuate=false` and
//! `format_text=false` are [`Punctuation::Remove`] with [`Case::Lower`], and `filler_words=false` and
//! `disfluencies=false` are [`Fillers::Drop`].

mod choices;
mod fillers;
mod numbers;
mod profanity;
mod punctuation;
mod replace;
#[cfg(test)]
mod tests;
mod token;
mod word;

pub use choices::{Choices, Fate, NumberStyle};
pub use fillers::Fillers;
use fillers::drop_fillers;
pub use numbers::Numbers;
use numbers::write_numbers;
pub use profanity::{Profanity, ProfanityMode, Strength};
pub use punctuation::{Case, Punctuation};
use punctuation::{change_case, punctuate};
pub use replace::{MOST_REPLACEMENTS, ReplacementError, Replacements};
pub use token::Token;

use super::Word;

/// How a transcript is written down. The default changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Formatting {
    /// Filler words such as "um".
    pub fillers: Fillers,
    /// Numbers in digits or in words.
    pub numbers: Numbers,
    /// Punctuation.
    pub punctuation: Punctuation,
    /// Capitals.
    pub case: Case,
    /// The user's own spellings.
    pub replacements: Replacements,
    /// Words that are masked or left out.
    pub profanity: Profanity,
}

impl Formatting {
    /// Whether nothing is changed, whatever the words.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Formats the words of a recogniser, each with its punctuation attached and without spaces
    /// around it. `language` is a tag such as `en` or `pt-BR`; in languages that a step does not
    /// know, it does nothing. Empty words are left out. Takes time linear in the length of the words.
    ///
    /// The steps, in order:
    /// 1. Fillers go first, so that "twenty uh three" is a number.
    /// 2. Numbers need the punctuation, which says where one ends.
    /// 3. Punctuation and capitals.
    /// 4. Replacements see the words as they are written by now, and what they put in is not changed
    ///    by the steps before.
    /// 5. Profanity comes last, so that nothing gets round it.
    pub fn apply(&self, words: &[&str], language: &str) -> Vec<Token> {
        let tokens = drop_fillers(words, self.fillers, language);
        let tokens = token::then(&tokens, |words| {
            write_numbers(words, self.numbers, language)
        });
        let tokens = token::then(&tokens, |words| punctuate(words, self.punctuation));
        let tokens = token::then(&tokens, |words| change_case(words, self.case, language));
        let tokens = token::then(&tokens, |words| self.replacements.apply(words));
        token::then(&tokens, |words| self.profanity.apply(words, language))
    }

    /// Formats a whole text. The white space before the first word of each token stays, line ends
    /// among it; other white space goes.
    pub fn apply_to_text(&self, text: &str, language: &str) -> String {
        let (words, spaces) = words_and_spaces(text);
        let mut formatted = String::with_capacity(text.len());
        for token in self.apply(&words, language) {
            // Where the words at the beginning were left out, no space is left of them.
            if token.first == 0 || !formatted.is_empty() {
                formatted.push_str(spaces[token.first]);
            }
            formatted.push_str(&token.text);
        }
        formatted
    }
}

/// Words with times, formatted. Those that are joined take the time of all of them, and the least of their probabilities.
pub fn format_words(words: &[Word], formatting: &Formatting, language: &str) -> Vec<Word> {
    if formatting.is_default() {
        return words.to_vec();
    }
    let texts: Vec<&str> = words.iter().map(|word| word.word.as_str()).collect();
    let written = formatting.apply(&texts, language).into_iter();
    let timed = written.filter_map(|token| {
        let covered = words.get(token.first..=token.last)?;
        let probability = covered.iter().map(|word| word.probability);
        Some(Word {
            word: token.text,
            start: covered.first()?.start,
            end: covered.last()?.end,
            probability: probability.fold(1.0, f32::min),
        })
    });
    timed.collect()
}

/// The words of a text, and the white space before each.
fn words_and_spaces(text: &str) -> (Vec<&str>, Vec<&str>) {
    let mut words = Vec::new();
    let mut spaces = Vec::new();
    let mut rest = text;
    loop {
        let word = rest.trim_start_matches(is_space);
        if word.is_empty() {
            return (words, spaces);
        }
        let end = word.find(is_space).unwrap_or(word.len());
        spaces.push(&rest[..rest.len() - word.len()]);
        words.push(&word[..end]);
        rest = &word[end..];
    }
}

/// Spaces that do not break belong to a number: "50 %".
fn is_space(character: char) -> bool {
    character.is_whitespace() && !matches!(character, '\u{a0}' | '\u{202f}')
}
