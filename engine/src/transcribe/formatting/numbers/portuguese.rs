//! Portuguese number words, of Brazil ("dezesseis", "bilhão") and Portugal ("dezasseis", "mil milhões").

use super::{
    atom::Atom,
    language::{Currency, Language, Notation},
    reading::Rules,
    spelling::{Scale, by_hundreds, by_scales, by_tens},
};

pub(super) static PORTUGUESE: Language = Language {
    code: "pt",
    units: &UNITS,
    tens: &TENS,
    hundreds: &HUNDREDS,
    pieces: &[
        ("uma", Atom::last(1)),
        ("duas", Atom::last(2)),
        ("catorze", Atom::last(14)),
        ("dezasseis", Atom::last(16)),
        ("dezassete", Atom::last(17)),
        ("dezanove", Atom::last(19)),
        ("cinqüenta", Atom::ten(50)),
        ("duzentas", Atom::hundreds(200)),
        ("trezentas", Atom::hundreds(300)),
        ("quatrocentas", Atom::hundreds(400)),
        ("quinhentas", Atom::hundreds(500)),
        ("seiscentas", Atom::hundreds(600)),
        ("setecentas", Atom::hundreds(700)),
        ("oitocentas", Atom::hundreds(800)),
        ("novecentas", Atom::hundreds(900)),
        ("mil", Atom::Scale(1_000)),
        ("milhão", Atom::Scale(1_000_000)),
        ("milhões", Atom::Scale(1_000_000)),
        ("bilhão", Atom::Scale(1_000_000_000)),
        ("bilhões", Atom::Scale(1_000_000_000)),
        ("trilhão", Atom::Scale(1_000_000_000_000)),
        ("trilhões", Atom::Scale(1_000_000_000_000)),
        ("bilião", Atom::Scale(1_000_000_000_000)),
        ("biliões", Atom::Scale(1_000_000_000_000)),
        ("e", Atom::And),
    ],
    elided: &[],
    compounds: false,
    units_first: false,
    rules: Rules {
        bare: true,
        joins: 10..=1_000,
        joined_below: 1_000,
    },
    ordinals: &[],
    points: &["vírgula", "ponto"],
    percents: &["por cento"],
    currencies: &[
        Currency {
            units: &["real", "reais"],
            subunits: &["centavo", "centavos"],
            before: "R$\u{a0}",
            after: "",
        },
        Currency {
            units: &["euro", "euros"],
            subunits: &["cêntimo", "cêntimos"],
            before: "",
            after: "\u{a0}€",
        },
        Currency {
            units: &["dólar", "dólares"],
            subunits: &["cent", "cents"],
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
    "um",
    "dois",
    "três",
    "quatro",
    "cinco",
    "seis",
    "sete",
    "oito",
    "nove",
    "dez",
    "onze",
    "doze",
    "treze",
    "quatorze",
    "quinze",
    "dezesseis",
    "dezessete",
    "dezoito",
    "dezenove",
];

const TENS: [&str; 10] = [
    "",
    "",
    "vinte",
    "trinta",
    "quarenta",
    "cinquenta",
    "sessenta",
    "setenta",
    "oitenta",
    "noventa",
];

/// The first is a hundred without anything after it.
const HUNDREDS: [&str; 10] = [
    "cem",
    "cento",
    "duzentos",
    "trezentos",
    "quatrocentos",
    "quinhentos",
    "seiscentos",
    "setecentos",
    "oitocentos",
    "novecentos",
];

const SCALES: [Scale; 4] = [
    Scale::new(1_000_000_000_000, "um trilhão", "trilhões"),
    Scale::new(1_000_000_000, "um bilhão", "bilhões"),
    Scale::new(1_000_000, "um milhão", "milhões"),
    Scale::new(1_000, "mil", "mil"),
];

/// Masculine, Brazilian.
fn cardinal(number: u64) -> String {
    let times = |times, _| below_thousand(times);
    by_scales(number, &SCALES, times, |rest| {
        // "mil e vinte", "mil e duzentos", but "mil duzentos e vinte".
        let joined = number > rest && (rest < 100 || rest.is_multiple_of(100));
        let and = if joined { "e " } else { "" };
        format!("{and}{}", below_thousand(rest))
    })
}

fn below_thousand(number: u64) -> String {
    let below_hundred = |rest| by_tens(rest, &UNITS, &TENS, " e ");
    by_hundreds(number, &HUNDREDS, " e ", below_hundred)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled() {
        assert_eq!(cardinal(123), "cento e vinte e três");
        assert_eq!(cardinal(1_200), "mil e duzentos");
        assert_eq!(cardinal(1_220), "mil duzentos e vinte");
        assert_eq!(cardinal(2_000_100), "dois milhões e cem");
    }
}
