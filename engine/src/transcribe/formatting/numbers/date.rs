//! English years and times of day, which are said as two numbers.

use super::{
    cardinal::cardinal,
    phrase::{Found, Phrase},
};

/// Centuries that years are said with. Earlier ones are said more seldom than two numbers that
/// follow each other by chance.
const CENTURIES: std::ops::RangeInclusive<u64> = 17..=20;

const DECADES: [&str; 8] = [
    "twenties",
    "thirties",
    "forties",
    "fifties",
    "sixties",
    "seventies",
    "eighties",
    "nineties",
];

/// Words before two numbers that are a time.
const BEFORE_TIMES: [&str; 4] = ["at", "by", "until", "till"];

/// Words after two numbers that are a time.
const AFTER_TIMES: [&str; 4] = ["am", "pm", "a.m", "p.m"];

/// "nineteen eighty four", "nineteen oh five" and "nineteen eighties".
pub(super) fn year(phrase: &Phrase<'_>, start: usize) -> Option<Found> {
    let century = number(phrase, start).filter(|number| CENTURIES.contains(number))?;
    let next = phrase.next(start + 1)?;
    let decade = DECADES.iter().position(|decade| *decade == next.folded);
    if let Some(decade) = decade {
        let text = format!("{century}{}0s", decade + 2);
        return Some(Found::written(text, start + 2));
    }
    let (rest, end) = two_digits(phrase, start + 1)?;
    Some(Found::written(format!("{century}{rest:02}"), end))
}

/// "ten thirty" as a time, where the words around it say so.
pub(super) fn time(phrase: &Phrase<'_>, start: usize) -> Option<Found> {
    let (hour, minute, end) = hour_and_minute(phrase, start)?;
    let before = start.checked_sub(1).and_then(|before| phrase.get(before));
    let announced = before.is_some_and(|word| {
        word.closing.is_empty() && BEFORE_TIMES.contains(&word.folded.as_str())
    });
    // In "at four oh four oh five", the digits go on.
    let ends = phrase.digit(end).is_none() && !phrase.is_oh(end);
    let is_time = phrase.follows_any(end, &AFTER_TIMES).is_some() || (announced && ends);
    is_time.then(|| Found::written(format!("{hour}:{minute:02}"), end))
}

/// "ten thirty" where nothing says that it is a time. The words stay, since `10 30` would say less
/// than they do.
pub(super) fn unclear(phrase: &Phrase<'_>, start: usize) -> Option<Found> {
    let (_, _, end) = hour_and_minute(phrase, start)?;
    Some(Found::kept(end))
}

fn hour_and_minute(phrase: &Phrase<'_>, start: usize) -> Option<(u64, u64, usize)> {
    let hour = number(phrase, start).filter(|number| (1..=12).contains(number))?;
    let (minute, end) = two_digits(phrase, start + 1).filter(|(minute, _)| *minute < 60)?;
    Some((hour, minute, end))
}

/// A number of one word.
fn number(phrase: &Phrase<'_>, at: usize) -> Option<u64> {
    let found = cardinal(phrase, at).filter(|found| found.end == at + 1);
    found.map(|found| found.value)
}

/// A number from 10 to 99, or "oh" and a digit, and the position after it.
fn two_digits(phrase: &Phrase<'_>, at: usize) -> Option<(u64, usize)> {
    phrase.next(at)?;
    let (value, end) = if phrase.is_oh(at) {
        phrase.next(at + 1)?;
        (phrase.digit(at + 1)?, at + 2)
    } else {
        let found = cardinal(phrase, at).filter(|found| (10..100).contains(&found.value))?;
        (found.value, found.end)
    };
    (!phrase.unit_follows(end)).then_some((value, end))
}

#[cfg(test)]
mod tests {
    use super::{super::english::ENGLISH, *};

    fn read(
        text: &str,
        rule: fn(&Phrase<'_>, usize) -> Option<Found>,
        at: usize,
    ) -> Option<(String, usize)> {
        let words: Vec<&str> = text.split(' ').collect();
        let found = rule(&Phrase::new(&words, &ENGLISH), at)?;
        Some((found.text?, found.end))
    }

    #[test]
    fn years_are_two_numbers() {
        assert_eq!(
            read("twenty twenty four", year, 0),
            Some(("2024".into(), 3))
        );
        assert_eq!(
            read("nineteen eighty-four", year, 0),
            Some(("1984".into(), 2))
        );
        assert_eq!(read("nineteen oh five", year, 0), Some(("1905".into(), 3)));
        assert_eq!(
            read("nineteen eighties", year, 0),
            Some(("1980s".into(), 2))
        );
        for text in [
            "twenty five",
            "thirty twenty",
            "twenty twenty dollar bills",
            "nineteen, eighty",
        ] {
            assert_eq!(read(text, year, 0), None, "{text}");
        }
    }

    #[test]
    fn times_need_a_sign() {
        assert_eq!(read("at ten thirty", time, 1), Some(("10:30".into(), 3)));
        assert_eq!(read("five oh five p.m.", time, 0), Some(("5:05".into(), 3)));
        let words = ["ten", "thirty", "people"];
        let phrase = Phrase::new(&words, &ENGLISH);
        assert_eq!(time(&phrase, 0), None);
        assert_eq!(unclear(&phrase, 0), Some(Found::kept(2)));
        assert_eq!(read("at four oh four oh five", time, 1), None);
    }
}
