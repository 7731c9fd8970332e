//! Numerals written out: `3` and `three` are one and the same sound.
//!
//! Whisper learnt from texts that count in numerals as often as in words, and writes a series of
//! them as `1, 2, 3`, as `1-2-3` or as `123`: nothing in the sound tells. So numerals are read
//! digit by digit, `10` as ten. What is said as one larger number ("nineteen hundred") is not
//! read that way; it stays an error unless it is written as it was in the reference.

/// From 0 to 10, as one counts.
type Counting = [&'static str; 11];

const LANGUAGES: [(&str, Counting); 9] = [
    (
        "en",
        [
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        ],
    ),
    (
        "es",
        [
            "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve",
            "diez",
        ],
    ),
    (
        "fr",
        [
            "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix",
        ],
    ),
    (
        "hi",
        [
            "शून्य",
            "एक",
            "दो",
            "तीन",
            "चार",
            "पांच",
            "छह",
            "सात",
            "आठ",
            "नौ",
            "दस",
        ],
    ),
    (
        "it",
        [
            "zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove",
            "dieci",
        ],
    ),
    (
        "ja",
        [
            "零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十",
        ],
    ),
    (
        "pl",
        [
            "zero",
            "jeden",
            "dwa",
            "trzy",
            "cztery",
            "pięć",
            "sześć",
            "siedem",
            "osiem",
            "dziewięć",
            "dziesięć",
        ],
    ),
    (
        "pt",
        [
            "zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez",
        ],
    ),
    (
        "zh",
        [
            "零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十",
        ],
    ),
];

/// How the digits of a numeral are read; `None` for any other word.
pub(super) fn written_out(word: &str, language: &str) -> Option<Vec<&'static str>> {
    let (_, counting) = LANGUAGES.iter().find(|(code, _)| *code == language)?;
    let mut digits = word
        .chars()
        .map(|character| character.to_digit(10))
        .collect::<Option<Vec<_>>>()?
        .into_iter()
        .peekable();
    let mut read = Vec::new();
    while let Some(digit) = digits.next() {
        let ten = digit == 1 && digits.next_if_eq(&0).is_some();
        read.push(counting[if ten { 10 } else { digit as usize }]);
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_read_digit_by_digit_and_ten_as_one_word() {
        let read = |word| written_out(word, "en").map(|words| words.join(" "));
        assert_eq!(read("3").as_deref(), Some("three"));
        assert_eq!(read("8910").as_deref(), Some("eight nine ten"));
        assert_eq!(read("101").as_deref(), Some("ten one"));
        assert_eq!(read("11").as_deref(), Some("one one"));
    }

    #[test]
    fn other_words_and_languages_are_left_alone() {
        for word in ["1st", "one", "2個"] {
            assert_eq!(written_out(word, "en"), None, "{word}");
        }
        assert_eq!(written_out("1", "xx"), None);
    }
}
