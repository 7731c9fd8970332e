//! The parts of a word: the punctuation around it and the form that it is looked up in.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A word taken apart. The three parts put together are the word again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// Quotation marks, brackets and other marks before the first letter or digit.
    pub opening: &'a str,
    /// From the first letter or digit to the last, whatever stands between them.
    pub core: &'a str,
    /// Marks after the last letter or digit.
    pub closing: &'a str,
}

/// Takes a word apart. A word without letters and digits is all `opening`.
pub(super) fn parts(word: &str) -> Parts<'_> {
    let start = word.find(char::is_alphanumeric).unwrap_or(word.len());
    let (opening, rest) = word.split_at(start);
    // An accent that is written as a character of its own belongs to the letter before it, and the
    // signs of `C++` and `C#` belong to the name.
    let end = rest
        .char_indices()
        .rfind(|(_, c)| c.is_alphanumeric() || is_combining_mark(*c) || "+#".contains(*c))
        .map_or(0, |(at, c)| at + c.len_utf8());
    let (core, closing) = rest.split_at(end);
    Parts {
        opening,
        core,
        closing,
    }
}

/// The form in which words are compared: composed characters, lower case, and one kind of
/// apostrophe and hyphen.
pub(super) fn folded(word: &str) -> String {
    word.nfc()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            '\u{2019}' | '\u{2bc}' | '\u{ff07}' => '\'',
            '\u{2010}' | '\u{2011}' => '-',
            other => other,
        })
        .collect()
}

/// The same text with its first letter a capital, unless that is one already.
pub(super) fn capitalised(text: &str) -> String {
    let start = text.find(char::is_alphanumeric).unwrap_or(text.len());
    let (before, rest) = text.split_at(start);
    let mut characters = rest.chars();
    let Some(first) = characters.next() else {
        return text.to_owned();
    };
    before
        .chars()
        .chain(first.to_uppercase())
        .chain(characters)
        .collect()
}

/// ISO 639-1 code of a language tag: `en` of `en-US`, `EN` and `en_GB`.
pub(super) fn language_code(tag: &str) -> String {
    let code = tag.split(['-', '_']).next().unwrap_or_default();
    code.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(word: &str) -> (&str, &str, &str) {
        let parts = parts(word);
        (parts.opening, parts.core, parts.closing)
    }

    #[test]
    fn words_are_taken_apart() {
        assert_eq!(split("\"Hello,\""), ("\"", "Hello", ",\""));
        assert_eq!(split("¿don't?"), ("¿", "don't", "?"));
        assert_eq!(split("…"), ("…", "", ""));
        assert_eq!(split("cafe\u{301}."), ("", "cafe\u{301}", "."));
        assert_eq!(split("C++."), ("", "C++", "."));
        assert_eq!(split(""), ("", "", ""));
    }

    #[test]
    fn forms_are_comparable() {
        assert_eq!(folded("Cafe\u{301}"), "café");
        assert_eq!(folded("DON’T"), "don't");
    }

    #[test]
    fn capitals_and_codes() {
        assert_eq!(capitalised("\"über"), "\"Über");
        assert_eq!(capitalised("…"), "…");
        assert_eq!(language_code("pt-BR"), "pt");
        assert_eq!(language_code(""), "");
    }
}
