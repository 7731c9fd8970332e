//! Portuguese number words, of Brazil ("dezesseis", "bilhão") and Portugal ("dezasseis", "mil milhões").

use super::{
    atom::Atom,
    language::{Currency, Language, Notation},
    reading::Rules,
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

const HUNDREDS: [&str; 10] = [
    "",
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

const SCALES: [(u64, &str, &str); 3] = [
    (1_000_000_000_000, "um trilhão", "trilhões"),
    (1_000_000_000, "um bilhão", "bilhões"),
    (1_000_000, "um milhão", "milhões"),
];

/// Masculine, Brazilian.
fn cardinal(number: u64) -> String {
    let mut words = Vec::new();
    let mut rest = number;
    for (scale, one, many) in SCALES {
        match rest / scale {
            0 => {}
            1 => words.push(one.to_owned()),
            times => words.push(format!("{} {many}", below_thousand(times))),
        }
        rest %= scale;
    }
    match rest / 1_000 {
        0 => {}
        1 => words.push("mil".to_owned()),
        times => words.push(format!("{} mil", below_thousand(times))),
    }
    rest %= 1_000;
    if rest > 0 || words.is_empty() {
        // "mil e vinte", "mil e duzentos", but "mil duzentos e vinte".
        if !words.is_empty() && (rest < 100 || rest.is_multiple_of(100)) {
            words.push("e".to_owned());
        }
        words.push(below_thousand(rest));
    }
    words.join(" ")
}

fn below_thousand(number: u64) -> String {
    match (number / 100, number % 100) {
        (0, rest) => below_hundred(rest),
        (1, 0) => "cem".to_owned(),
        (hundreds, 0) => HUNDREDS[hundreds as usize].to_owned(),
        (hundreds, rest) => format!("{} e {}", HUNDREDS[hundreds as usize], below_hundred(rest)),
    }
}

fn below_hundred(number: u64) -> String {
    let ten = TENS[(number / 10) as usize];
    match number % 10 {
        _ if number < 20 => UNITS[number as usize].to_owned(),
        0 => ten.to_owned(),
        unit => format!("{ten} e {}", UNITS[unit as usize]),
    }
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
