//! German number words.

use super::{
    atom::Atom,
    language::{Currency, Language, Notation},
    reading::Rules,
    spelling::{Scale, by_scales},
};

pub(super) static GERMAN: Language = Language {
    code: "de",
    units: &UNITS,
    tens: &TENS,
    hundreds: &[],
    pieces: &[
        ("eins", Atom::last(1)),
        ("eine", Atom::last(1)),
        ("einer", Atom::last(1)),
        ("zwo", Atom::last(2)),
        ("dreissig", Atom::ten(30)),
        ("hundert", Atom::Hundred),
        ("tausend", Atom::Scale(1_000)),
        ("million", Atom::Scale(1_000_000)),
        ("millionen", Atom::Scale(1_000_000)),
        ("milliarde", Atom::Scale(1_000_000_000)),
        ("milliarden", Atom::Scale(1_000_000_000)),
        ("billion", Atom::Scale(1_000_000_000_000)),
        ("billionen", Atom::Scale(1_000_000_000_000)),
        ("und", Atom::And),
    ],
    elided: &[],
    compounds: true,
    units_first: true,
    // "und" stands within words only; between words it parts two numbers.
    rules: Rules {
        bare: true,
        joins: 0..=0,
        joined_below: 0,
    },
    ordinals: &[],
    points: &["komma"],
    percents: &["prozent"],
    currencies: &[
        Currency {
            units: &["euro", "euros"],
            subunits: &["cent", "cents"],
            before: "",
            after: "\u{a0}€",
        },
        Currency {
            units: &["dollar"],
            subunits: &["cent", "cents"],
            before: "",
            after: "\u{a0}$",
        },
        Currency {
            units: &["franken"],
            subunits: &["rappen"],
            before: "",
            after: "\u{a0}CHF",
        },
    ],
    notation: Notation {
        decimal: ',',
        group: '.',
        percent: "\u{a0}%",
    },
    cardinal,
};

const UNITS: [&str; 20] = [
    "null",
    "ein",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
];

const TENS: [&str; 10] = [
    "", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig",
];

const SCALES: [Scale; 3] = [
    Scale::new(1_000_000_000_000, "eine Billion", "Billionen"),
    Scale::new(1_000_000_000, "eine Milliarde", "Milliarden"),
    Scale::new(1_000_000, "eine Million", "Millionen"),
];

fn cardinal(number: u64) -> String {
    let times = |times, _| compound(times);
    by_scales(number, &SCALES, times, |rest| {
        let last = compound(rest);
        // Nothing follows the unit any more: "eins", not "ein".
        if rest % 100 == 1 { last + "s" } else { last }
    })
}

/// A number below a million, as it stands before a further part.
fn compound(number: u64) -> String {
    let (hundreds, rest) = (number / 100, number % 100);
    match number {
        0..20 => UNITS[number as usize].to_owned(),
        20..100 => {
            let ten = TENS[(number / 10) as usize];
            match number % 10 {
                0 => ten.to_owned(),
                unit => format!("{}und{ten}", UNITS[unit as usize]),
            }
        }
        100..1_000 if rest == 0 => format!("{}hundert", compound(hundreds)),
        100..1_000 => format!("{}hundert{}", compound(hundreds), compound(rest)),
        _ if number.is_multiple_of(1_000) => format!("{}tausend", compound(number / 1_000)),
        _ => format!(
            "{}tausend{}",
            compound(number / 1_000),
            compound(number % 1_000)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled() {
        assert_eq!(cardinal(1), "eins");
        assert_eq!(cardinal(23), "dreiundzwanzig");
        assert_eq!(cardinal(21_101), "einundzwanzigtausendeinhunderteins");
        assert_eq!(cardinal(2_000_001), "zwei Millionen eins");
    }
}
