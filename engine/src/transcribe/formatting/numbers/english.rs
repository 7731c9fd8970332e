//! English number words.

use super::{
    atom::Atom,
    language::{Currency, Language, Notation},
    reading::Rules,
    spelling::{Scale, by_scales, by_tens},
};

pub(super) static ENGLISH: Language = Language {
    code: "en",
    units: &UNITS,
    tens: &TENS,
    hundreds: &[],
    pieces: &[
        ("fourty", Atom::ten(40)),
        ("hundred", Atom::Hundred),
        ("thousand", Atom::Scale(1_000)),
        ("million", Atom::Scale(1_000_000)),
        ("billion", Atom::Scale(1_000_000_000)),
        ("trillion", Atom::Scale(1_000_000_000_000)),
        ("and", Atom::And),
    ],
    elided: &[],
    compounds: false,
    units_first: false,
    rules: Rules {
        bare: false,
        joins: 100..=1_000,
        joined_below: 100,
    },
    ordinals: &[
        ("first", Atom::last(1)),
        ("second", Atom::last(2)),
        ("third", Atom::last(3)),
        ("fourth", Atom::last(4)),
        ("fifth", Atom::last(5)),
        ("sixth", Atom::last(6)),
        ("seventh", Atom::last(7)),
        ("eighth", Atom::last(8)),
        ("ninth", Atom::last(9)),
        ("tenth", Atom::last(10)),
        ("eleventh", Atom::last(11)),
        ("twelfth", Atom::last(12)),
        ("thirteenth", Atom::last(13)),
        ("fourteenth", Atom::last(14)),
        ("fifteenth", Atom::last(15)),
        ("sixteenth", Atom::last(16)),
        ("seventeenth", Atom::last(17)),
        ("eighteenth", Atom::last(18)),
        ("nineteenth", Atom::last(19)),
        ("twentieth", Atom::last(20)),
        ("thirtieth", Atom::last(30)),
        ("fortieth", Atom::last(40)),
        ("fiftieth", Atom::last(50)),
        ("sixtieth", Atom::last(60)),
        ("seventieth", Atom::last(70)),
        ("eightieth", Atom::last(80)),
        ("ninetieth", Atom::last(90)),
        ("hundredth", Atom::Hundred),
        ("thousandth", Atom::Scale(1_000)),
        ("millionth", Atom::Scale(1_000_000)),
        ("billionth", Atom::Scale(1_000_000_000)),
        ("trillionth", Atom::Scale(1_000_000_000_000)),
    ],
    points: &["point"],
    percents: &["percent", "per cent"],
    // A pound is a weight as well and stays a word.
    currencies: &[
        Currency {
            units: &["dollar", "dollars"],
            subunits: &["cent", "cents"],
            before: "$",
            after: "",
        },
        Currency {
            units: &["euro", "euros"],
            subunits: &["cent", "cents"],
            before: "€",
            after: "",
        },
        Currency {
            units: &["rupee", "rupees"],
            subunits: &["paisa", "paise"],
            before: "₹",
            after: "",
        },
        Currency {
            units: &["yen"],
            subunits: &[],
            before: "¥",
            after: "",
        },
    ],
    notation: Notation {
        decimal: '.',
        group: ',',
        percent: "%",
    },
    cardinal,
};

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

const SCALES: [Scale; 5] = [
    Scale::new(1_000_000_000_000, "one trillion", "trillion"),
    Scale::new(1_000_000_000, "one billion", "billion"),
    Scale::new(1_000_000, "one million", "million"),
    Scale::new(1_000, "one thousand", "thousand"),
    Scale::new(100, "one hundred", "hundred"),
];

/// American usage, without "and".
fn cardinal(number: u64) -> String {
    let times = |times, _| cardinal(times);
    let below_hundred = |rest| by_tens(rest, &UNITS, &TENS, "-");
    by_scales(number, &SCALES, times, below_hundred)
}

/// An ordinal number in words.
pub(super) fn ordinal(number: u64) -> String {
    let words = cardinal(number);
    let start = words.rfind([' ', '-']).map_or(0, |at| at + 1);
    let (before, last) = words.split_at(start);
    let last = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        _ => match last.strip_suffix('y') {
            Some(stem) => format!("{stem}ieth"),
            None => format!("{last}th"),
        },
    };
    format!("{before}{last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled() {
        assert_eq!(cardinal(23), "twenty-three");
        assert_eq!(cardinal(105_200), "one hundred five thousand two hundred");
        assert_eq!(cardinal(1_000_000_000_001), "one trillion one");
        assert_eq!(ordinal(21), "twenty-first");
        assert_eq!(ordinal(112), "one hundred twelfth");
        assert_eq!(ordinal(40), "fortieth");
    }
}
