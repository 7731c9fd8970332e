//! Italian number words.

use super::{
    atom::Atom,
    language::{Currency, Language, Notation},
    reading::Rules,
    spelling::{Scale, by_scales},
};

pub(super) static ITALIAN: Language = Language {
    code: "it",
    units: &UNITS,
    tens: &TENS,
    hundreds: &[],
    pieces: &[
        ("un", Atom::last(1)),
        ("una", Atom::last(1)),
        ("tré", Atom::last(3)),
        ("cento", Atom::Hundred),
        ("mille", Atom::Scale(1_000)),
        ("mila", Atom::Scale(1_000)),
        ("milione", Atom::Scale(1_000_000)),
        ("milioni", Atom::Scale(1_000_000)),
        ("miliardo", Atom::Scale(1_000_000_000)),
        ("miliardi", Atom::Scale(1_000_000_000)),
        ("bilione", Atom::Scale(1_000_000_000_000)),
        ("bilioni", Atom::Scale(1_000_000_000_000)),
    ],
    elided: &[
        ("vent", Atom::ten(20)),
        ("trent", Atom::ten(30)),
        ("quarant", Atom::ten(40)),
        ("cinquant", Atom::ten(50)),
        ("sessant", Atom::ten(60)),
        ("settant", Atom::ten(70)),
        ("ottant", Atom::ten(80)),
        ("novant", Atom::ten(90)),
        ("cent", Atom::Hundred),
    ],
    compounds: true,
    units_first: false,
    // "e" parts two numbers.
    rules: Rules {
        bare: true,
        joins: 0..=0,
        joined_below: 0,
    },
    ordinals: &[],
    points: &["virgola"],
    percents: &["per cento", "percento"],
    currencies: &[
        Currency {
            units: &["euro"],
            subunits: &["centesimo", "centesimi"],
            before: "",
            after: "\u{a0}€",
        },
        Currency {
            units: &["dollaro", "dollari"],
            subunits: &["centesimo", "centesimi"],
            before: "",
            after: "\u{a0}$",
        },
    ],
    notation: Notation {
        decimal: ',',
        group: '.',
        percent: "%",
    },
    cardinal,
};

const UNITS: [&str; 20] = [
    "zero",
    "uno",
    "due",
    "tre",
    "quattro",
    "cinque",
    "sei",
    "sette",
    "otto",
    "nove",
    "dieci",
    "undici",
    "dodici",
    "tredici",
    "quattordici",
    "quindici",
    "sedici",
    "diciassette",
    "diciotto",
    "diciannove",
];

const TENS: [&str; 10] = [
    "",
    "",
    "venti",
    "trenta",
    "quaranta",
    "cinquanta",
    "sessanta",
    "settanta",
    "ottanta",
    "novanta",
];

const SCALES: [Scale; 3] = [
    Scale::new(1_000_000_000_000, "un bilione", "bilioni"),
    Scale::new(1_000_000_000, "un miliardo", "miliardi"),
    Scale::new(1_000_000, "un milione", "milioni"),
];

fn cardinal(number: u64) -> String {
    let times = |times, _| accented(below_thousand(times));
    by_scales(number, &SCALES, times, |rest| accented(below_million(rest)))
}

fn below_million(number: u64) -> String {
    let rest = match number % 1_000 {
        0 if number > 0 => String::new(),
        rest => below_thousand(rest),
    };
    match number / 1_000 {
        0 => rest,
        1 => format!("mille{rest}"),
        times => format!("{}mila{rest}", below_thousand(times)),
    }
}

fn below_thousand(number: u64) -> String {
    let rest = match number % 100 {
        0 if number > 0 => String::new(),
        rest => below_hundred(rest),
    };
    // The last vowel goes before "otto" and "ottanta".
    let hundred = if rest.starts_with("ott") {
        "cent"
    } else {
        "cento"
    };
    match number / 100 {
        0 => rest,
        1 => format!("{hundred}{rest}"),
        hundreds => format!("{}{hundred}{rest}", UNITS[hundreds as usize]),
    }
}

fn below_hundred(number: u64) -> String {
    let ten = TENS[(number / 10) as usize];
    match number % 10 {
        _ if number < 20 => UNITS[number as usize].to_owned(),
        0 => ten.to_owned(),
        unit @ (1 | 8) => format!("{}{}", &ten[..ten.len() - 1], UNITS[unit as usize]),
        unit => format!("{ten}{}", UNITS[unit as usize]),
    }
}

/// "tre" has an accent at the end of a longer word.
fn accented(word: String) -> String {
    match word.strip_suffix("tre") {
        Some(before) if !before.is_empty() => format!("{before}tré"),
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled() {
        assert_eq!(cardinal(23), "ventitré");
        assert_eq!(cardinal(28), "ventotto");
        assert_eq!(cardinal(188), "centottantotto");
        assert_eq!(cardinal(3_400), "tremilaquattrocento");
        assert_eq!(cardinal(1_021_000), "un milione ventunomila");
    }
}
