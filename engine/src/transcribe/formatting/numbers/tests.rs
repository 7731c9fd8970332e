use proptest::prelude::*;

use super::reading::LIMIT;
use super::*;

const LANGUAGES: [&str; 6] = ["en", "de", "fr", "es", "pt", "it"];

fn write(text: &str, numbers: Numbers, language: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let tokens = write_numbers(&words, numbers, language);
    let texts: Vec<String> = tokens.into_iter().map(|token| token.text).collect();
    texts.join(" ")
}

fn check(language: &str, pairs: &[(&str, &str)]) {
    for (spoken, written) in pairs {
        assert_eq!(
            write(spoken, Numbers::digits(), language),
            *written,
            "{spoken}"
        );
    }
}

#[test]
fn english_sentences() {
    check(
        "en",
        &[
            ("I am twenty three.", "I am 23."),
            (
                "\"One hundred and five thousand two hundred,\" he said.",
                "\"105,200,\" he said.",
            ),
            (
                "In twenty twenty four, five percent left.",
                "In 2024, 5% left.",
            ),
            ("Pi is three point one four.", "Pi is 3.14."),
            ("It costs three dollars and fifty cents.", "It costs $3.50."),
            ("On the twenty first of May", "On the 21st of May"),
            ("Call five five five one two one two.", "Call 5551212."),
            (
                "One of them saw two or three.",
                "One of them saw two or three.",
            ),
            (
                "at ten thirty p.m. or ten to fifteen",
                "at 10:30 p.m. or 10 to 15",
            ),
            ("between one hundred and two hundred", "between 100 and 200"),
            ("three point five million people", "3.5 million people"),
        ],
    );
}

#[test]
fn english_exceptions() {
    check(
        "en",
        &[
            (
                "thanks a million, a few hundred, half a million",
                "thanks a million, a few hundred, half a million",
            ),
            (
                "a twenty-year-old twenty-something",
                "a twenty-year-old twenty-something",
            ),
            ("one tenth of two thirds", "one tenth of two thirds"),
            (
                "the nineteen eighties and the sixties",
                "the 1980s and the sixties",
            ),
            (
                "a thirty second video, thirty seconds",
                "a 30 second video, 30 seconds",
            ),
            (
                "nine quadrillion, twenty quadrillion",
                "nine quadrillion, 20 quadrillion",
            ),
            ("nine thousand trillion trillion", "9000 trillion trillion"),
            ("5 percent of $5 and 5 people", "5% of $5 and 5 people"),
            ("two million.", "2,000,000."),
            ("five oh five p.m. twenty four seven.", "5:05 p.m. 24/7."),
            ("flight seven forty seven", "flight seven forty seven"),
        ],
    );
}

#[test]
fn german_sentences() {
    check(
        "de",
        &[
            ("Es waren dreiundzwanzig.", "Es waren 23."),
            (
                "zwanzigtausend Euro und ein Hund",
                "20.000\u{a0}€ und ein Hund",
            ),
            (
                "Ich habe eine Frage, eine Million.",
                "Ich habe eine Frage, 1.000.000.",
            ),
            ("zwölf Komma fünf Prozent", "12,5\u{a0}%"),
        ],
    );
}

#[test]
fn french_sentences() {
    check(
        "fr",
        &[
            ("Il a quatre-vingt-dix-sept ans.", "Il a 97 ans."),
            ("nonante et un, septante-deux", "91, 72"),
            ("cinq pour cent", "5\u{202f}%"),
            ("un chien et neuf livres", "un chien et neuf livres"),
            ("deux cent mille", "200\u{202f}000"),
        ],
    );
}

#[test]
fn spanish_sentences() {
    check(
        "es",
        &[
            (
                "Tiene veintitrés años y una casa.",
                "Tiene 23 años y una casa.",
            ),
            ("treinta y uno y cuarenta", "31 y 40"),
            ("mil novecientos ochenta y cuatro", "1984"),
            ("tres coma catorce", "3,14"),
        ],
    );
}

#[test]
fn portuguese_sentences() {
    check(
        "pt",
        &[
            ("Tenho vinte e três anos.", "Tenho 23 anos."),
            ("dois mil e vinte e quatro", "2024"),
            ("cinco por cento de cem", "5% de 100"),
        ],
    );
}

#[test]
fn italian_sentences() {
    check(
        "it",
        &[
            ("Ho ventitré anni.", "Ho 23 anni."),
            ("duemilaventiquattro e cento", "2024 e 100"),
            ("tre virgola cinque per cento", "3,5%"),
        ],
    );
}

#[test]
fn words_are_written_out() {
    let words = |text: &str, language: &str| write(text, Numbers::Words, language);
    assert_eq!(
        words("23 of 105,200, 3.14 and 5%.", "en"),
        "Twenty-three of one hundred five thousand two hundred, three point one four and five percent."
    );
    assert_eq!(words("The 21st. 2nd?", "en"), "The twenty-first. Second?");
    for text in [
        "$5 007 10:30 COVID-19 1/2 5° -5 21th 9999999999999999",
        "v2 5+ #5 0th 5.",
    ] {
        let expected = text.replace("5.", "five.");
        assert_eq!(words(&format!("a {text}"), "en"), format!("a {expected}"));
    }
    assert_eq!(
        words("Am 5. Mai 2.500 und 3,5\u{a0}%.", "de"),
        "Am 5. Mai zweitausendfünfhundert und drei Komma fünf Prozent."
    );
    assert_eq!(
        words("a 97 80\u{202f}000", "fr"),
        "a quatre-vingt-dix-sept quatre-vingt mille"
    );
    assert_eq!(words("23", "ja"), "23");
}

#[test]
fn least_is_a_parameter() {
    let all = Numbers::Digits { least: 0 };
    assert_eq!(write("one zero two, first", all, "en"), "102, 1st");
    assert_eq!(write("two of one", all, "en"), "2 of one");
    let large = Numbers::Digits { least: 1_000 };
    assert_eq!(
        write("one hundred five and two thousand", large, "en"),
        "one hundred five and 2000"
    );
}

#[test]
fn tokens_cover_their_words() {
    let words = ["about", "twenty", "three", "men"];
    let tokens = write_numbers(&words, Numbers::digits(), "en");
    let covered: Vec<(usize, usize)> = tokens
        .iter()
        .map(|token| (token.first, token.last))
        .collect();
    assert_eq!(covered, [(0, 0), (1, 2), (3, 3)]);
}

fn back(number: u64, language: &str) {
    let spoken = write(&format!("x {number}"), Numbers::Words, language);
    let written = write(&spoken, Numbers::Digits { least: 0 }, language);
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    // "one" alone stays a word.
    if number != 1 {
        assert_eq!(
            digits,
            number.to_string(),
            "{language}: {spoken} -> {written}"
        );
    }
}

#[test]
fn small_numbers_come_back() {
    for language in LANGUAGES {
        for number in (0..2_200).chain((0..1_000).map(|n| n * 1_001)) {
            back(number, language);
        }
        for scale in [1_000_000, 1_000_000_000, 1_000_000_000_000] {
            for times in (1..130).chain([199, 200, 201, 999]) {
                back(times * scale, language);
                back(times * scale + times, language);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn all_numbers_come_back(number in 0..LIMIT, size in 0..49, language in 0..LANGUAGES.len()) {
        back(number >> size, LANGUAGES[language]);
    }

    #[test]
    fn decimals_and_percentages_come_back(
        whole in 0..1_000_000_u64, decimals in "[0-9]{1,6}", percent: bool, language in 0..LANGUAGES.len(),
    ) {
        let code = LANGUAGES[language];
        let notation = &super::language(code).unwrap().notation;
        let sign = if percent { notation.percent } else { "" };
        let number = format!("{}{}{decimals}{sign}", notation.integer(whole), notation.decimal);
        let spoken = write(&format!("x {number}"), Numbers::Words, code);
        prop_assert_ne!(&spoken, &format!("x {number}"));
        prop_assert_eq!(write(&spoken, Numbers::digits(), code), format!("x {number}"));
    }

    #[test]
    fn ordinals_come_back(number in 10..LIMIT, size in 0..46_u32) {
        let number = (number >> size).max(10);
        let digits = super::language("en").unwrap().notation.integer(number);
        let ordinal = format!("x {digits}{}.", super::ordinal::suffix(number));
        let spoken = write(&ordinal, Numbers::Words, "en");
        prop_assert_eq!(write(&spoken, Numbers::digits(), "en"), ordinal);
    }
}
