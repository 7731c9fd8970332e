//! Portuguese number words, of Brazil ("dezesseis", "bilhão") and Portugal ("dezasseis", "mil milhões").

use super::{
    atom::Atom,
    language::{Currency, Language, Notation},
    reading::Rules,
    spelling::{Scale, by_hundreds, by_scales, by_tens},
};

pub(super) static PORTUGUESE: Language = Language {
    code: "pt",
    pieces: &[
        ("zero", Atom::last(0)),
        ("um", Atom::last(1)),
        ("uma", Atom::last(1)),
        ("dois", Atom::last(2)),
        ("duas", Atom::last(2)),
        ("três", Atom::last(3)),
        ("quatro", Atom::last(4)),
        ("cinco", Atom::last(5)),
        ("seis", Atom::last(6)),
        ("sete", Atom::last(7)),
        ("oito", Atom::last(8)),
        ("nove", Atom::last(9)),
        ("dez", Atom::last(10)),
        ("onze", Atom::last(11)),
        ("doze", Atom::last(12)),
        ("treze", Atom::last(13)),
        ("quatorze", Atom::last(14)),
        ("catorze", Atom::last(14)),
        ("quinze", Atom::last(15)),
        ("dezesseis", Atom::last(16)),
        ("dezasseis", Atom::last(16)),
        ("dezessete", Atom::last(17)),
        ("dezassete", Atom::last(17)),
        ("dezoito", Atom::last(18)),
        ("dezenove", Atom::last(19)),
        ("dezanove", Atom::last(19)),
        ("vinte", Atom::ten(20)),
        ("trinta", Atom::ten(30)),
        ("quarenta", Atom::ten(40)),
        ("cinquenta", Atom::ten(50)),
        ("cinqüenta", Atom::ten(50)),
        ("sessenta", Atom::ten(60)),
        ("setenta", Atom::ten(70)),
        ("oitenta", Atom::ten(80)),
        ("noventa", Atom::ten(90)),
        ("cem", Atom::last(100)),
        ("cento", Atom::hundreds(100)),
        ("duzentos", Atom::hundreds(200)),
        ("duzentas", Atom::hundreds(200)),
        ("trezentos", Atom::hundreds(300)),
        ("trezentas", Atom::hundreds(300)),
        ("quatrocentos", Atom::hundreds(400)),
        ("quatrocentas", Atom::hundreds(400)),
        ("quinhentos", Atom::hundreds(500)),
        ("quinhentas", Atom::hundreds(500)),
        ("seiscentos", Atom::hundreds(600)),
        ("seiscentas", Atom::hundreds(600)),
        ("setecentos", Atom::hundreds(700)),
        ("setecentas", Atom::hundreds(700)),
        ("oitocentos", Atom::hundreds(800)),
        ("oitocentas", Atom::hundreds(800)),
        ("novecentos", Atom::hundreds(900)),
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
