//! Spoken numbers to digits.
//!
//! At every word the rules are tried from the most particular to the most general: an idiom,
//! a time of day, a series of digits, a year, an ordinal, a quantity. The first that fits decides.

use super::super::token::Token;
use super::{
    date::{time, unclear, year},
    idiom::idiom,
    language::Language,
    ordinal::ordinal,
    phrase::{Found, Phrase},
    quantity::quantity,
    series::series,
};

/// Writes the numbers of a text in digits, in time linear in its length.
pub(super) fn digits(words: &[&str], language: &'static Language, least: u64) -> Vec<Token> {
    let phrase = Phrase::new(words, language);
    let mut tokens = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let found = find(&phrase, at, least).unwrap_or(Found::kept(at + 1));
        match (found.text, phrase.get(at), phrase.get(found.end - 1)) {
            (Some(text), Some(start), Some(end)) => tokens.push(Token {
                text: format!("{}{text}{}", start.opening, end.closing),
                first: at,
                last: found.end - 1,
            }),
            _ => tokens.extend((at..found.end).map(|at| Token::single(words[at], at))),
        }
        at = found.end;
    }
    tokens.retain(|token| !token.text.is_empty());
    tokens
}

fn find(phrase: &Phrase<'_>, at: usize, least: u64) -> Option<Found> {
    let particular = match phrase.language.code {
        "en" => idiom(phrase, at)
            .or_else(|| time(phrase, at))
            .or_else(|| series(phrase, at))
            .or_else(|| year(phrase, at))
            .or_else(|| unclear(phrase, at)),
        _ => series(phrase, at),
    };
    particular
        .or_else(|| ordinal(phrase, at, least))
        .or_else(|| quantity(phrase, at, least))
}
