//! Numbers with what is counted: decimals, percentages and amounts of money.

use super::{
    atom::Atom,
    cardinal::{Cardinal, cardinal},
    language::Currency,
    phrase::{Found, Phrase},
};

/// Words between an amount and its hundredths.
const JOINS: [&str; 6] = ["and", "und", "et", "y", "con", "e"];

/// A number before its unit.
struct Amount {
    text: String,
    end: usize,
    /// Whether hundredths may follow.
    whole: bool,
}

/// A number, with its unit if it has one. Without one, a cardinal below `least` stays a word, as do
/// "one" and "a hundred".
pub(super) fn quantity(phrase: &Phrase<'_>, start: usize, least: u64) -> Option<Found> {
    let spoken = cardinal(phrase, start);
    let amount = match spoken {
        Some(spoken) => decimal(phrase, spoken),
        None => numeral(phrase, start)?,
    };
    if let Some(found) = with_unit(phrase, &amount) {
        return Some(found);
    }
    let spoken = spoken?;
    let stays = amount.whole && (spoken.value < least || spoken.value == 1 || spoken.vague);
    Some(if stays {
        Found::kept(amount.end)
    } else {
        Found::written(amount.text, amount.end)
    })
}

/// A number that the recogniser has already written in digits.
fn numeral(phrase: &Phrase<'_>, at: usize) -> Option<Amount> {
    let core = phrase.get(at)?.core;
    let digits = core.starts_with(|c: char| c.is_ascii_digit())
        && core.chars().all(|c| c.is_ascii_digit() || ".,".contains(c));
    digits.then(|| Amount {
        text: core.to_owned(),
        end: at + 1,
        whole: core.parse::<u64>().is_ok(),
    })
}

/// The number, with the decimals that may follow.
fn decimal(phrase: &Phrase<'_>, spoken: Cardinal) -> Amount {
    let notation = &phrase.language.notation;
    let mut text = notation.integer(spoken.value);
    let point = phrase.follows_any(spoken.end, phrase.language.points);
    let decimals = point.and_then(|point| decimals(phrase, point));
    let Some((digits, end)) = decimals else {
        return Amount {
            text,
            end: spoken.end,
            whole: true,
        };
    };
    text.push(notation.decimal);
    text.push_str(&digits);
    Amount {
        text,
        end,
        whole: false,
    }
}

/// Digits one by one, or a last number above nine: "virgule zéro vingt-cinq".
fn decimals(phrase: &Phrase<'_>, start: usize) -> Option<(String, usize)> {
    let mut digits = String::new();
    let mut end = start;
    while phrase.next(end).is_some() {
        if phrase.is_oh(end) {
            digits.push('0');
        } else if let Some(digit) = phrase.digit(end) {
            digits.push_str(&digit.to_string());
        } else {
            let number = cardinal(phrase, end).filter(|number| (10..1_000).contains(&number.value));
            let begun = digits.chars().any(|digit| digit != '0');
            if let Some(number) = number.filter(|_| !begun) {
                digits.push_str(&number.value.to_string());
                end = number.end;
            }
            break;
        }
        end += 1;
    }
    (!digits.is_empty()).then_some((digits, end))
}

fn with_unit(phrase: &Phrase<'_>, amount: &Amount) -> Option<Found> {
    let language = phrase.language;
    if let Some(end) = phrase.follows_any(amount.end, language.percents) {
        let text = format!("{}{}", amount.text, language.notation.percent);
        return Some(Found::written(text, end));
    }
    let (scale, at) = scale(phrase, amount);
    language.currencies.iter().find_map(|currency| {
        let end = phrase.follows_any(at, currency.units)?;
        let hundredths =
            hundredths(phrase, end, currency).filter(|_| amount.whole && scale.is_empty());
        let (rest, end) = match hundredths {
            Some((cents, end)) => (format!("{}{cents:02}", language.notation.decimal), end),
            None => (String::new(), end),
        };
        let Currency { before, after, .. } = currency;
        Some(Found::written(
            format!("{before}{}{rest}{scale}{after}", amount.text),
            end,
        ))
    })
}

/// The "million" of "3.5 million dollars", with the space before it, and the position after it.
fn scale(phrase: &Phrase<'_>, amount: &Amount) -> (String, usize) {
    match phrase.next(amount.end) {
        Some(word) if matches!(word.atoms.as_slice(), [Atom::Scale(_)]) => {
            (format!(" {}", word.core), amount.end + 1)
        }
        _ => (String::new(), amount.end),
    }
}

/// "and fifty cents", or "fifty" at the end of a phrase.
fn hundredths(phrase: &Phrase<'_>, start: usize, currency: &Currency) -> Option<(u64, usize)> {
    let join = phrase.follows_any(start, &JOINS);
    let at = join.unwrap_or(start);
    phrase.next(at)?;
    let found = cardinal(phrase, at).filter(|found| (1..100).contains(&found.value))?;
    if let Some(end) = phrase.follows_any(found.end, currency.subunits) {
        return Some((found.value, end));
    }
    let ended = phrase.next(found.end).is_none() || phrase.follows_any(found.end, &JOINS).is_some();
    let ends = join.is_none() && found.value >= 10 && ended;
    ends.then_some((found.value, found.end))
}

#[cfg(test)]
mod tests {
    use super::{super::language::language, *};

    fn read(text: &str, code: &str) -> Option<String> {
        let words: Vec<&str> = text.split(' ').collect();
        quantity(&Phrase::new(&words, language(code)?), 0, 10)?.text
    }

    fn check(text: &str, code: &str, written: &str) {
        assert_eq!(read(text, code).as_deref(), Some(written), "{text}");
    }

    #[test]
    fn decimals_and_percentages() {
        check("three point one four", "en", "3.14");
        check("zero point oh five", "en", "0.05");
        check("five percent", "en", "5%");
        check("two point five per cent", "en", "2.5%");
        check("5 percent", "en", "5%");
        check(
            "deux virgule zéro vingt-cinq pour cent",
            "fr",
            "2,025\u{202f}%",
        );
        check("drei Komma eins vier Prozent", "de", "3,14\u{a0}%");
        check("cinco por ciento", "es", "5\u{a0}%");
    }

    #[test]
    fn money() {
        check("three dollars and fifty cents", "en", "$3.50");
        check("one dollar", "en", "$1");
        check("three point five million dollars", "en", "$3.5 million");
        check("five dollars fifty", "en", "$5.50");
        check("five dollars fifty people", "en", "$5");
        check("trois euros cinquante et", "fr", "3,50\u{a0}€");
        check("drei Euro fünfzig", "de", "3,50\u{a0}€");
        check("vinte e três reais e dez centavos", "pt", "R$\u{a0}23,10");
    }

    #[test]
    fn small_numbers_stay() {
        for text in ["five", "one", "a hundred", "5", "point five"] {
            assert_eq!(read(text, "en"), None, "{text}");
        }
    }
}
