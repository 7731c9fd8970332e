//! Digits to number words.

use super::super::{
    token::{Token, unchanged},
    word::{Parts, capitalised, parts},
};
use super::{english, language::Language, ordinal::suffix, reading::LIMIT};
use crate::text::ends_sentence;

/// Signs that make a number more than a number.
const SIGNS: &str = "$€£¥₹°#+-−±/@'″′*=<>^_~&§";

/// Writes the numbers of a text in words.
pub(super) fn words(input: &[&str], language: &'static Language) -> Vec<Token> {
    let mut tokens = unchanged(input);
    for token in &mut tokens {
        let at = token.first;
        let found = parts(input[at]);
        // In German, a full stop inside a sentence makes an ordinal: "am 5. Mai".
        let ordinal = language.code == "de" && found.closing == "." && at + 1 < input.len();
        let Some(text) = in_words(found, language).filter(|_| !ordinal) else {
            continue;
        };
        let begins = at == 0 || ends_sentence(parts(input[at - 1]).closing);
        token.text = if begins { capitalised(&text) } else { text };
    }
    tokens
}

fn in_words(word: Parts<'_>, language: &Language) -> Option<String> {
    let (closing, percent) = percent(word.closing, language);
    let number = spelled(word.core, language)?;
    if word.opening.contains(|c| SIGNS.contains(c)) || closing.contains(|c| SIGNS.contains(c)) {
        return None;
    }
    Some(format!("{}{number}{percent}{closing}", word.opening))
}

/// The marks after a percentage, and the words for per cent with a space before them.
fn percent<'a>(closing: &'a str, language: &Language) -> (&'a str, String) {
    let said = language
        .percents
        .first()
        .filter(|_| closing.trim_start().starts_with('%'));
    match (said, closing.split_once('%')) {
        (Some(said), Some((_, rest))) if language.code == "de" => {
            (rest, format!(" {}", capitalised(said)))
        }
        (Some(said), Some((_, rest))) => (rest, format!(" {said}")),
        _ => (closing, String::new()),
    }
}

/// The number in words: an integer, a decimal, or an English ordinal.
fn spelled(core: &str, language: &Language) -> Option<String> {
    let notation = &language.notation;
    let value = |digits| notation.value(digits).filter(|value| *value < LIMIT);
    if let Some(value) = value(core) {
        return Some((language.cardinal)(value));
    }
    if let Some((whole, decimals)) = core.split_once(notation.decimal) {
        return decimal(value(whole)?, decimals, language);
    }
    let start = core
        .len()
        .checked_sub(2)
        .filter(|_| language.code == "en")?;
    let (digits, ending) = (core.get(..start)?, core.get(start..)?);
    let value = value(digits).filter(|value| *value > 0 && ending == suffix(*value))?;
    Some(english::ordinal(value))
}

/// The decimals are said digit by digit.
fn decimal(whole: u64, decimals: &str, language: &Language) -> Option<String> {
    let mut text = (language.cardinal)(whole);
    text.push(' ');
    let point = language.points.first()?;
    text.push_str(&if language.code == "de" {
        capitalised(point)
    } else {
        (*point).to_owned()
    });
    for digit in decimals.chars() {
        text.push(' ');
        text.push_str(&(language.cardinal)(u64::from(digit.to_digit(10)?)));
    }
    (!decimals.is_empty()).then_some(text)
}
