//! English ordinal numbers: "twenty first".

use super::{
    atom::Atom,
    phrase::{Found, Phrase},
    reading::Reading,
};

/// Words after which "twenty second" is an ordinal number, not a time.
const AFTER_SECOND: [&str; 6] = ["of", "century", "time", "place", "street", "birthday"];

/// An ordinal number. Those below `least` stay words, and so do fractions: "one tenth".
pub(super) fn ordinal(phrase: &Phrase<'_>, start: usize, least: u64) -> Option<Found> {
    let (value, end) = read(phrase, start)?;
    if is_time(phrase, start, end) {
        return None;
    }
    if value < least || is_fraction(phrase, start, end) {
        return Some(Found::kept(end));
    }
    let digits = phrase.language.notation.integer(value);
    Some(Found::written(format!("{digits}{}", suffix(value)), end))
}

fn read(phrase: &Phrase<'_>, start: usize) -> Option<(u64, usize)> {
    let rules = &phrase.language.rules;
    let mut reading = Reading::new();
    for at in start.. {
        let word = phrase.word(start, at)?;
        let ending = phrase.language.ordinal_atoms(&word.folded);
        if let Some(ending) = ending {
            let value = reading.read(&ending, rules)?.value()?;
            return Some((value, at + 1));
        }
        if word.atoms.is_empty() {
            return None;
        }
        reading = reading.read(&word.atoms, rules)?;
    }
    None
}

/// Whether "second" may be the sixtieth part of a minute.
fn is_time(phrase: &Phrase<'_>, start: usize, end: usize) -> bool {
    end > start + 1
        && phrase
            .get(end - 1)
            .is_some_and(|word| word.folded == "second")
        && phrase.next(end).is_some()
        && phrase.follows_any(end, &AFTER_SECOND).is_none()
}

fn is_fraction(phrase: &Phrase<'_>, start: usize, end: usize) -> bool {
    let of = phrase.follows(end, "of").is_some();
    let last = phrase.get(end - 1).map(|word| word.folded.as_str());
    let before = start.checked_sub(1).and_then(|at| phrase.get(at));
    let counted = before.is_some_and(|word| {
        let number = word.atoms.iter().any(|atom| *atom != Atom::And);
        word.closing.is_empty() && (number || (of && matches!(word.folded.as_str(), "a" | "an")))
    });
    counted
        || (of
            && matches!(
                last,
                Some("hundredth" | "thousandth" | "millionth" | "billionth")
            ))
}

/// What follows the digits.
pub(super) fn suffix(number: u64) -> &'static str {
    match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

#[cfg(test)]
mod tests {
    use super::{super::english::ENGLISH, *};

    fn ordinal_of(text: &str) -> Option<Found> {
        let words: Vec<&str> = text.split(' ').collect();
        ordinal(&Phrase::new(&words, &ENGLISH), 0, 10)
    }

    #[test]
    fn ordinals_are_written() {
        for (text, written) in [
            ("twenty first", "21st"),
            ("twenty-second", "22nd"),
            ("twelfth", "12th"),
            ("one hundred and third", "103rd"),
            ("twenty second of May", "22nd"),
            ("ten thousandth", "10,000th"),
        ] {
            let found = ordinal_of(text).and_then(|found| found.text);
            assert_eq!(found.as_deref(), Some(written), "{text}");
        }
    }

    #[test]
    fn others_stay() {
        assert_eq!(ordinal_of("first"), Some(Found::kept(1)));
        assert_eq!(ordinal_of("one hundredth of a metre"), Some(Found::kept(2)));
        assert_eq!(ordinal_of("thirty second video"), None);
        assert_eq!(ordinal_of("two thirds"), None);
        let words = ["one", "tenth"];
        assert_eq!(
            ordinal(&Phrase::new(&words, &ENGLISH), 1, 10),
            Some(Found::kept(2))
        );
    }
}
