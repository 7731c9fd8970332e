//! Cuts a text into words before it is encoded, so that no token spans two of them.
//!
//! GPT-2's pattern, by hand:
//! `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

use super::letters::is_letter;

/// The endings that English contracts, cut off the word before them.
const CONTRACTIONS: [&str; 7] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Letter,
    Number,
    Other,
}

fn class(character: char) -> Class {
    if character.is_whitespace() {
        Class::Space
    } else if is_letter(character) {
        Class::Letter
    } else if character.is_numeric() {
        Class::Number
    } else {
        Class::Other
    }
}

/// The words of a text; joined, they are the text again. None is empty.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let length = contraction(rest)
            .or_else(|| run(rest))
            .or_else(|| spaces(rest))?;
        let (word, others) = rest.split_at_checked(length)?;
        rest = others;
        Some(word)
    })
}

fn contraction(text: &str) -> Option<usize> {
    let ending = CONTRACTIONS
        .iter()
        .find(|ending| text.starts_with(**ending));
    ending.map(|ending| ending.len())
}

/// Characters of one class, with the space before them if there is one.
fn run(text: &str) -> Option<usize> {
    let body = text.strip_prefix(' ').unwrap_or(text);
    let kind = class(body.chars().next()?);
    let end = body.find(|character| class(character) != kind);
    let length = text.len() - body.len() + end.unwrap_or(body.len());
    (kind != Class::Space).then_some(length)
}

/// White space; several before a word leave their last one to it.
fn spaces(text: &str) -> Option<usize> {
    let body = text.trim_start();
    let spaces = text.strip_suffix(body)?;
    let last = spaces.chars().next_back()?.len_utf8();
    if body.is_empty() || spaces.len() == last {
        Some(spaces.len())
    } else {
        Some(spaces.len() - last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str) -> Vec<&str> {
        words(text).collect()
    }

    #[test]
    fn words_take_the_space_before_them() {
        assert_eq!(cut("Hello, the world"), ["Hello", ",", " the", " world"]);
        assert_eq!(cut(" in 1984a"), [" in", " 1984", "a"]);
        assert_eq!(cut("a -- b"), ["a", " --", " b"]);
        assert_eq!(cut(""), [""; 0]);
    }

    #[test]
    fn contractions_are_cut_in_lower_case_only() {
        assert_eq!(cut("we'll don't"), ["we", "'ll", " don", "'t"]);
        assert_eq!(
            cut("WE'LL 'x !'s"),
            ["WE", "'", "LL", " '", "x", " !'", "s"]
        );
    }

    #[test]
    fn spaces_leave_one_to_the_word() {
        assert_eq!(cut("a  b"), ["a", " ", " b"]);
        assert_eq!(cut("a \n b  "), ["a", " \n", " b", "  "]);
        assert_eq!(cut("a\nb\n\nc"), ["a", "\n", "b", "\n", "\n", "c"]);
        assert_eq!(cut("\u{a0}a"), ["\u{a0}", "a"]);
    }

    #[test]
    fn marks_are_no_letters() {
        assert_eq!(cut("हिन्दी"), ["ह", "ि", "न", "्", "द", "ी"]);
        assert_eq!(cut(" 中文。"), [" 中文", "。"]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "[ \\n'a-esltv0-2!é中\u{93f}\u{3000}]{0,30}|\\PC{0,20}") {
            prop_assert!(words(&text).all(|word| !word.is_empty()));
            prop_assert_eq!(words(&text).collect::<String>(), text);
        }
    }
}
