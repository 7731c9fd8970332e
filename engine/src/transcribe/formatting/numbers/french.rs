//! French number words, of France ("soixante-dix", "quatre-vingts"), and of Belgium and Switzerland
//! ("septante", "huitante", "nonante").

use super::{
    atom::Atom,
    language::{Currency, Language, Notation},
    reading::Rules,
    spelling::{Scale, by_scales},
};

pub(super) static FRENCH: Language = Language {
    code: "fr",
    units: &UNITS,
    tens: &TENS,
    hundreds: &[],
    pieces: &[
        ("une", Atom::last(1)),
        // Only "sept", "huit" and "neuf" follow.
        (
            "dix",
            Atom::Add {
                value: 10,
                from: 7,
                below: 10,
            },
        ),
        ("vingt", Atom::Score),
        ("vingts", Atom::Score),
        (
            "soixante",
            Atom::Add {
                value: 60,
                from: 1,
                below: 20,
            },
        ),
        ("septante", Atom::ten(70)),
        ("huitante", Atom::ten(80)),
        ("octante", Atom::ten(80)),
        ("nonante", Atom::ten(90)),
        ("cent", Atom::Hundred),
        ("cents", Atom::Hundred),
        ("mille", Atom::Scale(1_000)),
        ("million", Atom::Scale(1_000_000)),
        ("millions", Atom::Scale(1_000_000)),
        ("milliard", Atom::Scale(1_000_000_000)),
        ("milliards", Atom::Scale(1_000_000_000)),
        ("billion", Atom::Scale(1_000_000_000_000)),
        ("billions", Atom::Scale(1_000_000_000_000)),
        ("et", Atom::And),
    ],
    elided: &[],
    compounds: false,
    units_first: false,
    rules: Rules {
        bare: true,
        joins: 10..=20,
        joined_below: 20,
    },
    ordinals: &[],
    points: &["virgule"],
    percents: &["pour cent", "pourcent"],
    currencies: &[
        Currency {
            units: &["euro", "euros"],
            subunits: &["centime", "centimes"],
            before: "",
            after: "\u{a0}€",
        },
        Currency {
            units: &["dollar", "dollars"],
            subunits: &["centime", "centimes"],
            before: "",
            after: "\u{a0}$",
        },
    ],
    notation: Notation {
        decimal: ',',
        group: '\u{202f}',
        percent: "\u{202f}%",
    },
    cardinal,
};

const UNITS: [&str; 20] = [
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
    "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
];

/// Of 70 and 90, what 10 to 19 are added to.
const TENS: [&str; 10] = [
    "",
    "",
    "vingt",
    "trente",
    "quarante",
    "cinquante",
    "soixante",
    "soixante",
    "quatre-vingt",
    "quatre-vingt",
];

const SCALES: [Scale; 4] = [
    Scale::new(1_000_000_000_000, "un billion", "billions"),
    Scale::new(1_000_000_000, "un milliard", "milliards"),
    Scale::new(1_000_000, "un million", "millions"),
    Scale::new(1_000, "mille", "mille"),
];

/// Usage of France, in the spelling before 1990: hyphens below a hundred only.
fn cardinal(number: u64) -> String {
    // "quatre-vingt mille", without an "s", but "quatre-vingts millions".
    let times = |times, scale| below_thousand(times, scale > 1_000);
    by_scales(number, &SCALES, times, |rest| below_thousand(rest, true))
}

/// `plural` is whether "vingts" and "cents" take their "s" at the end.
fn below_thousand(number: u64, plural: bool) -> String {
    let (hundreds, rest) = (number / 100, number % 100);
    let hundred = match (hundreds, rest) {
        (0, _) => return below_hundred(rest, plural),
        (1, _) => "cent".to_owned(),
        (_, 0) if plural => format!("{} cents", UNITS[hundreds as usize]),
        _ => format!("{} cent", UNITS[hundreds as usize]),
    };
    match rest {
        0 => hundred,
        _ => format!("{hundred} {}", below_hundred(rest, plural)),
    }
}

fn below_hundred(number: u64, plural: bool) -> String {
    let ten = TENS[(number / 10) as usize];
    match number {
        _ if number < 20 => UNITS[number as usize].to_owned(),
        80 if plural => "quatre-vingts".to_owned(),
        21 | 31 | 41 | 51 | 61 => format!("{ten} et un"),
        71 => "soixante et onze".to_owned(),
        70..80 | 90..100 => format!("{ten}-{}", UNITS[(number % 10 + 10) as usize]),
        _ if number.is_multiple_of(10) => ten.to_owned(),
        _ => format!("{ten}-{}", UNITS[(number % 10) as usize]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled() {
        assert_eq!(cardinal(71), "soixante et onze");
        assert_eq!(cardinal(80), "quatre-vingts");
        assert_eq!(cardinal(97), "quatre-vingt-dix-sept");
        assert_eq!(cardinal(80_200), "quatre-vingt mille deux cents");
        assert_eq!(cardinal(200_000_000), "deux cents millions");
        assert_eq!(cardinal(1_001), "mille un");
    }
}
