//! Spanish number words.

use super::{
    atom::Atom,
    language::{Currency, Language, Notation},
    reading::Rules,
    spelling::{Scale, by_hundreds, by_scales, by_tens},
};

pub(super) static SPANISH: Language = Language {
    code: "es",
    units: &UNITS,
    tens: &TENS,
    hundreds: &HUNDREDS,
    pieces: &[
        ("un", Atom::last(1)),
        ("una", Atom::last(1)),
        ("dieciseis", Atom::last(16)),
        ("veintiuna", Atom::last(21)),
        ("veintiún", Atom::last(21)),
        ("veintiun", Atom::last(21)),
        ("veintidos", Atom::last(22)),
        ("veintitres", Atom::last(23)),
        ("veintiseis", Atom::last(26)),
        ("doscientas", Atom::hundreds(200)),
        ("trescientas", Atom::hundreds(300)),
        ("cuatrocientas", Atom::hundreds(400)),
        ("quinientas", Atom::hundreds(500)),
        ("seiscientas", Atom::hundreds(600)),
        ("setecientas", Atom::hundreds(700)),
        ("ochocientas", Atom::hundreds(800)),
        ("novecientas", Atom::hundreds(900)),
        ("mil", Atom::Scale(1_000)),
        ("millón", Atom::Scale(1_000_000)),
        ("millon", Atom::Scale(1_000_000)),
        ("millones", Atom::Scale(1_000_000)),
        ("billón", Atom::Scale(1_000_000_000_000)),
        ("billones", Atom::Scale(1_000_000_000_000)),
        ("y", Atom::And),
    ],
    elided: &[],
    compounds: false,
    units_first: false,
    // Only between tens and units: "treinta y uno".
    rules: Rules {
        bare: true,
        joins: 10..=10,
        joined_below: 10,
    },
    ordinals: &[],
    points: &["coma", "punto"],
    percents: &["por ciento", "porciento"],
    currencies: &[
        Currency {
            units: &["euro", "euros"],
            subunits: &["céntimo", "céntimos"],
            before: "",
            after: "\u{a0}€",
        },
        Currency {
            units: &["dólar", "dólares"],
            subunits: &["centavo", "centavos"],
            before: "",
            after: "\u{a0}$",
        },
    ],
    notation: Notation {
        decimal: ',',
        group: '.',
        percent: "\u{a0}%",
    },
    cardinal,
};

const UNITS: [&str; 30] = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
];

const TENS: [&str; 10] = [
    "",
    "",
    "veinte",
    "treinta",
    "cuarenta",
    "cincuenta",
    "sesenta",
    "setenta",
    "ochenta",
    "noventa",
];

/// The first is a hundred without anything after it.
const HUNDREDS: [&str; 10] = [
    "cien",
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
];

const SCALES: [Scale; 3] = [
    Scale::new(1_000_000_000_000, "un billón", "billones"),
    Scale::new(1_000_000, "un millón", "millones"),
    Scale::new(1_000, "mil", "mil"),
];

/// Masculine, in the long scale: a thousand million is "mil millones".
fn cardinal(number: u64) -> String {
    let times = |times, _| shortened(&cardinal(times));
    by_scales(number, &SCALES, times, below_thousand)
}

fn below_thousand(number: u64) -> String {
    let below_hundred = |rest| by_tens(rest, &UNITS, &TENS, " y ");
    by_hundreds(number, &HUNDREDS, " ", below_hundred)
}

/// "uno" loses its last letter before "mil" and "millones".
fn shortened(words: &str) -> String {
    match (words.strip_suffix("veintiuno"), words.strip_suffix("uno")) {
        (Some(before), _) => format!("{before}veintiún"),
        (None, Some(before)) => format!("{before}un"),
        (None, None) => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled() {
        assert_eq!(cardinal(23), "veintitrés");
        assert_eq!(cardinal(31_100), "treinta y un mil cien");
        assert_eq!(cardinal(21_000_101), "veintiún millones ciento uno");
        assert_eq!(cardinal(2_000_000_000), "dos mil millones");
    }
}
