//! A text as it sounds: two spellings of the same speech become the same text.
//!
//! Compatibility forms unified (Unicode NFKC) -> lower case -> apostrophes dropped, all other
//! punctuation and symbols made spaces, marks on letters kept -> [`numerals`] written out in the
//! language -> single spaces.
//!
//! That is all: neither British and American spellings nor contractions are unified. Every such
//! rule must be written for each language, and rules for one language alone would flatter it.

use locutor::text::is_unspaced;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::numerals;

/// The plain form of a text in a language (ISO 639-1).
pub fn plain(text: &str, language: &str) -> String {
    let folded = text.nfkc().collect::<String>().to_lowercase();
    // What is left out may have stood between a letter and its mark: composed again.
    let kept: String = folded.chars().filter_map(keep).nfkc().collect();
    let words = parted(&kept)
        .split_whitespace()
        .map(|word| {
            let numeral = numerals::written_out(word, language);
            numeral.map_or_else(|| word.to_owned(), |words| words.join(" "))
        })
        .collect::<Vec<_>>();
    words.join(" ")
}

/// A space between numerals and the characters of scripts that put none there themselves.
fn parted(text: &str) -> String {
    let mut parted = String::with_capacity(text.len());
    let mut previous = ' ';
    for character in text.chars() {
        let meet = |left: char, right: char| left.is_ascii_digit() && is_unspaced(right);
        if meet(previous, character) || meet(character, previous) {
            parted.push(' ');
        }
        parted.push(character);
        previous = character;
    }
    parted
}

/// The character, a space in its stead, or nothing.
fn keep(character: char) -> Option<char> {
    match character {
        // Inside a word, as in "don't", or around it as a quotation mark: silent in both.
        '\'' | '\u{2019}' | '\u{2018}' | '\u{02BC}'
        // Joiners shape the letters around them and are letters of no word.
        | '\u{200B}'..='\u{200D}' | '\u{FEFF}' | '\u{00AD}' => None,
        _ if character.is_alphanumeric() || is_combining_mark(character) => Some(character),
        _ => Some(' '),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_punctuation_forms_and_spaces_do_not_matter() {
        assert_eq!(plain(" Hello,\n WORLD! ", "en"), "hello world");
        assert_eq!(plain("Don\u{2019}t — “stop”", "en"), "dont stop");
        assert_eq!(plain("well-known", "en"), "well known");
        assert_eq!(plain("ＡＢＣ。ﾃｽﾄ", "ja"), "abc テスト");
        assert_eq!(plain("e\u{301}te\u{301}", "fr"), "\u{e9}t\u{e9}");
    }

    #[test]
    fn marks_that_are_part_of_letters_stay() {
        assert_eq!(plain("नमस्ते दुनिया।", "hi"), "नमस्ते दुनिया");
        assert_ne!(plain("łódź", "pl"), plain("lodz", "pl"));
    }

    #[test]
    fn numerals_are_the_words_they_are_read_as() {
        assert_eq!(plain("1, 2, and 10.", "en"), "one two and ten");
        assert_eq!(plain("8-910", "zh"), "八 九 十");
        assert_eq!(plain("世界12", "ja"), "世界 一 二");
        assert_eq!(plain("the 2nd", "en"), "the 2nd");
    }

    proptest! {
        #[test]
        fn a_plain_text_is_its_own_plain_form(text in "\\PC{0,40}") {
            let once = plain(&text, "en");
            prop_assert_eq!(plain(&once, "en"), once.clone());
            prop_assert!(!once.contains("  "));
        }
    }
}
