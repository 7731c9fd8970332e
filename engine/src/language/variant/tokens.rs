//! Words as the lists have them: small letters, composed accents, with inner hyphens and apostrophes.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

/// Longest word that is looked at, in bytes.
const LONGEST: usize = 128;

/// At most so many words, each with its bytes in the text.
pub fn tokens(text: &str, most: usize) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    let mut start = None;
    let ends = text.char_indices().map(|(at, one)| (at, Some(one)));
    for (at, character) in ends.chain([(text.len(), None)]) {
        match (character.is_some_and(is_inner), start) {
            (true, None) => start = Some(at),
            (false, Some(first)) => {
                start = None;
                push(text, first..at, &mut found);
                if found.len() >= most {
                    break;
                }
            }
            _ => {}
        }
    }
    found
}

fn is_inner(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '\'' | '’' | '-' | '\u{300}'..='\u{36F}')
}

fn push(text: &str, range: Range<usize>, found: &mut Vec<(String, Range<usize>)>) {
    let whole = &text[range.clone()];
    let word = whole.trim_matches(['\'', '’', '-']);
    if word.is_empty() {
        return;
    }
    let start = range.start + (whole.len() - whole.trim_start_matches(['\'', '’', '-']).len());
    if word.len() > LONGEST {
        return;
    }
    let composed: String = word.nfc().collect();
    let plain = latin(&composed.to_lowercase().replace('’', "'"));
    found.push((plain, start..start + word.len()));
}

/// Serbian has one letter of the one alphabet for one or two of the other.
fn latin(word: &str) -> String {
    if !word.contains(|one| matches!(one, '\u{0430}'..='\u{045F}')) {
        return word.to_owned();
    }
    let mut written = String::with_capacity(word.len());
    for character in word.chars() {
        written.push_str(match character {
            'а' => "a",
            'б' => "b",
            'в' => "v",
            'г' => "g",
            'д' => "d",
            'ђ' => "đ",
            'е' => "e",
            'ж' => "ž",
            'з' => "z",
            'и' => "i",
            'ј' => "j",
            'к' => "k",
            'л' => "l",
            'љ' => "lj",
            'м' => "m",
            'н' => "n",
            'њ' => "nj",
            'о' => "o",
            'п' => "p",
            'р' => "r",
            'с' => "s",
            'т' => "t",
            'ћ' => "ć",
            'у' => "u",
            'ф' => "f",
            'х' => "h",
            'ц' => "c",
            'ч' => "č",
            'џ' => "dž",
            'ш' => "š",
            other => {
                written.push(other);
                continue;
            }
        });
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_plain_and_know_where_they_stand() {
        let text = "‘Le PETIT-déjeuner’, c’est l'e\u{301}te\u{301} -- на Млеко!";
        let found = tokens(text, 100);
        let words: Vec<&str> = found.iter().map(|(word, _)| word.as_str()).collect();
        assert_eq!(
            words,
            ["le", "petit-déjeuner", "c'est", "l'été", "na", "mleko"]
        );
        assert_eq!(&text[found[1].1.clone()], "PETIT-déjeuner");
        assert_eq!(&text[found[5].1.clone()], "Млеко");
        assert_eq!(tokens(text, 2).len(), 2);
    }
}
