//! Digits said one by one, as of telephone numbers and codes.

use super::{
    atom::Atom,
    cardinal::{Cardinal, cardinal},
    phrase::{Found, Phrase},
};

/// Fewest digits in a series. Two may be a guess: "two three people".
const LEAST: usize = 3;

/// A series of digits, with the English "oh" for a zero inside it.
pub(super) fn series(phrase: &Phrase<'_>, start: usize) -> Option<Found> {
    let mut digits = String::new();
    let mut end = start;
    while phrase.word(start, end).is_some() {
        if let Some(digit) = phrase.digit(end) {
            digits.push_str(&digit.to_string());
        } else if end > start && phrase.is_oh(end) && is_followed(phrase, end) {
            digits.push('0');
        } else if let Some(pair) = pair(phrase, end).filter(|_| digits.starts_with('0')) {
            digits.push_str(&pair.value.to_string());
            end = pair.end;
            continue;
        } else {
            break;
        }
        end += 1;
    }
    // In "one two three hundred", the "three" begins a number.
    if end > start && phrase.digit(end - 1).is_some() && multiplied(phrase, end) {
        digits.pop();
        end -= 1;
    }
    (digits.len() >= LEAST).then(|| Found::written(digits, end))
}

/// Two digits said as one number, as in French telephone numbers: "zéro six vingt-trois". Only after a
/// zero at the beginning, which no other number has.
fn pair(phrase: &Phrase<'_>, at: usize) -> Option<Cardinal> {
    cardinal(phrase, at).filter(|found| (10..100).contains(&found.value))
}

/// Whether a digit or a further "oh" follows.
fn is_followed(phrase: &Phrase<'_>, oh: usize) -> bool {
    let next = oh + 1;
    phrase.next(next).is_some() && (phrase.digit(next).is_some() || phrase.is_oh(next))
}

/// Whether the word changes the digit before it.
fn multiplied(phrase: &Phrase<'_>, at: usize) -> bool {
    let first = phrase.next(at).and_then(|word| word.atoms.first());
    first.is_some_and(|atom| atom.is_multiplier() || *atom == Atom::Score)
}

#[cfg(test)]
mod tests {
    use super::{super::language::language, *};

    fn read(text: &str, code: &str) -> Option<(String, usize)> {
        let words: Vec<&str> = text.split(' ').collect();
        let found = series(&Phrase::new(&words, language(code)?), 0)?;
        Some((found.text?, found.end))
    }

    #[test]
    fn digits_are_joined() {
        assert_eq!(
            read("five five five one two one two", "en"),
            Some(("5551212".into(), 7))
        );
        assert_eq!(read("four oh oh seven my", "en"), Some(("4007".into(), 4)));
        assert_eq!(
            read("zéro six vingt-trois quarante cinq", "fr"),
            Some(("062345".into(), 5))
        );
        assert_eq!(read("cero uno dos", "es"), Some(("012".into(), 3)));
    }

    #[test]
    fn other_words_end_a_series() {
        assert_eq!(read("one two", "en"), None);
        assert_eq!(read("one two, three", "en"), None);
        assert_eq!(read("one two three hundred", "en"), None);
        assert_eq!(read("one two three oh my", "en"), Some(("123".into(), 3)));
        assert_eq!(
            read("un deux trois quatre vingt", "fr"),
            Some(("123".into(), 3))
        );
    }
}
