//! Punctuation and capitals: as recognised, or left out.
//!
//! Speech services turn both off together (`punctuate=false` of Deepgram, `format_text=false` of
//! `AssemblyAI`); here they are two settings, since subtitles often want one without the other.
//! There is no setting that puts sentences into sentence case: the recogniser has already done
//! that, and doing it again would take the capitals of names away.

use super::{
    token::{Token, each, unchanged},
    word::language_code,
};

/// What happens to punctuation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Punctuation {
    /// As recognised.
    #[default]
    Keep,
    /// Full stops, commas, question and exclamation marks, colons, semicolons, quotation marks,
    /// brackets, ellipses and dashes of any script go. Apostrophes and hyphens inside words stay,
    /// as do the marks inside numbers, times and addresses (`3.14`, `10:30`, `example.com`),
    /// and symbols (`$5`, `50%`, `C++`).
    Remove,
}

/// What happens to capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Case {
    /// As recognised.
    #[default]
    Keep,
    /// Everything in lower case, names and the pronoun `I` too.
    Lower,
}

/// Removes punctuation, when so set. Words of nothing else are left out.
pub fn punctuate(words: &[&str], punctuation: Punctuation) -> Vec<Token> {
    match punctuation {
        Punctuation::Keep => unchanged(words),
        Punctuation::Remove => each(words, |word| Some(without_punctuation(word))),
    }
}

/// Changes capitals, when so set. In Turkish and Azerbaijani, `I` becomes `ı`.
pub fn change_case(words: &[&str], case: Case, language: &str) -> Vec<Token> {
    let dotless = matches!(language_code(language).as_str(), "tr" | "az");
    match case {
        Case::Keep => unchanged(words),
        Case::Lower if dotless => each(words, |word| {
            Some(word.replace('I', "ı").replace('İ', "i").to_lowercase())
        }),
        Case::Lower => each(words, |word| Some(word.to_lowercase())),
    }
}

fn without_punctuation(word: &str) -> String {
    let characters: Vec<char> = word.chars().collect();
    let mut kept = String::with_capacity(word.len());
    for (at, &character) in characters.iter().enumerate() {
        if !is_punctuation(character) || belongs_to_word(&characters, at) {
            kept.push(character);
        } else if is_dash(character) {
            // A dash without spaces around it parts two words: `well—no`.
            kept.push(' ');
        }
    }
    kept.trim().to_owned()
}

fn is_punctuation(character: char) -> bool {
    const MARKS: &str =
        ".,?!:;\"'()[]{}-…¿¡«»‹›„“”‟‚‘’‛。、，．？！：；「」『』（）【】〈〉《》・؟،؛।॥։՞՜·‥";
    MARKS.contains(character) || is_dash(character)
}

fn is_dash(character: char) -> bool {
    matches!(character, '–' | '—' | '―' | '‒')
}

/// Whether a mark stands inside a word, a number, a time or an address and is part of it.
fn belongs_to_word(characters: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| characters.get(at)).copied();
    let after = characters.get(at + 1).copied();
    let (inside, digits) = match (before, after) {
        (Some(before), Some(after)) => (
            before.is_alphanumeric() && after.is_alphanumeric(),
            before.is_numeric() && after.is_numeric(),
        ),
        _ => (false, false),
    };
    match characters[at] {
        '\'' | '’' | '·' => inside,
        // The sign of a negative number stands at the front.
        '-' => inside || (before.is_none() && after.is_some_and(char::is_numeric)),
        ',' | ':' | '–' => digits,
        '.' => digits || (inside && !is_initial(characters, at)),
        _ => false,
    }
}

/// Whether the letter before a full stop stands alone, as in `U.S.`
fn is_initial(characters: &[char], at: usize) -> bool {
    let letter = at.checked_sub(1).and_then(|at| characters.get(at));
    let earlier = at.checked_sub(2).and_then(|at| characters.get(at));
    letter.is_some_and(|letter| letter.is_alphabetic())
        && earlier.is_none_or(|earlier| !earlier.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remove(text: &str) -> String {
        let words: Vec<&str> = text.split(' ').collect();
        let tokens = punctuate(&words, Punctuation::Remove);
        let texts: Vec<String> = tokens.into_iter().map(|token| token.text).collect();
        texts.join(" ")
    }

    #[test]
    fn punctuation_goes() {
        assert_eq!(remove("Hello, \"world\"! … (Yes.)"), "Hello world Yes");
        assert_eq!(remove("¿Qué? ¡Sí! «Oui» „Ja“"), "Qué Sí Oui Ja");
        assert_eq!(remove("你好。 谢谢、 – well—no"), "你好 谢谢 well no");
    }

    #[test]
    fn what_belongs_to_words_stays() {
        assert_eq!(
            remove("don't twenty-three, l’été."),
            "don't twenty-three l’été"
        );
        assert_eq!(remove("3.14, 10,500. 10:30? -5"), "3.14 10,500 10:30 -5");
        assert_eq!(remove("example.com. $5, 50%."), "example.com $5 50%");
        assert_eq!(remove("U.S. a.m. -Hi"), "US am Hi");
    }

    #[test]
    fn capitals_go() {
        let lower = |word, language| change_case(&[word], Case::Lower, language)[0].text.clone();
        assert_eq!(lower("NASA", "en"), "nasa");
        assert_eq!(lower("ISPARTA", "tr-TR"), "ısparta");
        assert_eq!(lower("İzmir", "tr"), "izmir");
    }
}
