//! Filler words: the sounds that speakers make while they think.
//!
//! The lists are short on purpose. A sound that also answers a question ("uh-huh", "mm-hmm") or is
//! also a word (Spanish "este", Portuguese "é", the German preposition "um") is never dropped.

use super::{
    token::{Token, unchanged},
    word::{Parts, capitalised, folded, language_code, parts},
};
use crate::text::ends_sentence;

/// What happens to filler words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fillers {
    /// As recognised.
    #[default]
    Keep,
    /// They are left out in the languages `en`, `de`, `fr`, `es`, `pt`, `it`, `nl`, `pl` and `ru`.
    /// The sentence closes up over the gap: a capital, an opening quotation mark or a full stop that
    /// stood at a filler goes to its neighbour.
    Drop,
}

/// Sounds of a language. Their last letter may be drawn out: "um" stands for "ummm" too.
fn sounds(code: &str) -> &'static [&'static str] {
    match code {
        "en" => &["um", "uh", "uhm", "erm", "er", "ehm"],
        "de" => &["äh", "ähm", "öh", "öhm", "ehm", "hmm"],
        "fr" => &["euh", "heu", "euhm"],
        "es" => &["ehm", "emm", "mmm", "esteee"],
        "pt" => &["ehm", "hmm", "ééé", "ahn"],
        "it" => &["ehm", "uhm", "mmm"],
        "nl" => &["uh", "uhm", "eh", "ehm", "euh", "euhm"],
        "pl" => &["yyy", "eee", "yhm", "ymm"],
        "ru" => &["ээ", "эм", "эмм", "ммм"],
        _ => &[],
    }
}

/// Words that look like a drawn-out sound and are none.
const WORDS: &[&str] = &["err"];

/// Leaves filler words out, when so set.
pub fn drop_fillers(words: &[&str], fillers: Fillers, language: &str) -> Vec<Token> {
    let sounds = sounds(&language_code(language));
    if fillers == Fillers::Keep || sounds.is_empty() {
        return unchanged(words);
    }
    let mut tokens: Vec<Token> = Vec::with_capacity(words.len());
    let mut gap = Gap::default();
    for (at, word) in words.iter().enumerate() {
        let found = parts(word);
        if is_filler(found.core, sounds) {
            gap.widen(found);
        } else if !word.is_empty() {
            let gap = std::mem::take(&mut gap);
            gap.end_before(tokens.last_mut());
            tokens.push(Token::single(gap.begin_again(word), at));
        }
    }
    gap.end_before(tokens.last_mut());
    tokens
}

fn is_filler(core: &str, sounds: &[&str]) -> bool {
    // "ER" and "UM" in capitals are abbreviations.
    if core.len() > 1 && !core.contains(char::is_lowercase) {
        return false;
    }
    let word = folded(core);
    let drawn_out = |sound: &str| {
        let last = sound.chars().next_back();
        word.strip_prefix(sound)
            .is_some_and(|rest| rest.chars().all(|c| Some(c) == last))
    };
    !WORDS.contains(&word.as_str()) && sounds.iter().any(|sound| drawn_out(sound))
}

/// What the neighbours of left out fillers take over.
#[derive(Default)]
struct Gap {
    /// The mark that ends the sentence before.
    ending: Option<char>,
    /// Quotation marks and brackets that belong to the word before.
    closing: String,
    /// Quotation marks and brackets that belong to the word after.
    opening: String,
    /// Whether the word after begins a sentence.
    capital: bool,
}

impl Gap {
    /// Leaves a further filler out.
    fn widen(&mut self, filler: Parts<'_>) {
        let is_quote = |c: &char| !c.is_whitespace() && !",;:.?!…-–—'¿¡".contains(*c);
        let closed: String = filler.closing.chars().filter(is_quote).collect();
        self.opening.extend(filler.opening.chars().filter(is_quote));
        self.capital |= filler.core.starts_with(char::is_uppercase);
        self.capital &= !ends_sentence(filler.closing);
        if !closed.is_empty() && !self.opening.is_empty() {
            // A quotation that held nothing but fillers goes with them.
            self.opening.clear();
            return;
        }
        self.closing.push_str(&closed);
        if self.ending.is_none() && ends_sentence(filler.closing) {
            self.ending = filler.closing.chars().find(|c| ".?!".contains(*c));
        }
    }

    /// Ends the word before, unless the fillers began the text.
    fn end_before(&self, before: Option<&mut Token>) {
        let Some(before) = before else { return };
        if let Some(ending) = self.ending
            && !ends_sentence(parts(&before.text).closing)
        {
            let kept = before.text.trim_end_matches([',', ';', ':', '-', '–', '—']);
            before.text.truncate(kept.len());
            before.text.push(ending);
        }
        before.text.push_str(&self.closing);
    }

    /// Begins the word after.
    fn begin_again(&self, word: &str) -> String {
        let text = if self.capital {
            capitalised(word)
        } else {
            word.to_owned()
        };
        format!("{}{text}", self.opening)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dropped(text: &str, language: &str) -> String {
        let words: Vec<&str> = text.split(' ').collect();
        let tokens = drop_fillers(&words, Fillers::Drop, language);
        let texts: Vec<String> = tokens.into_iter().map(|token| token.text).collect();
        texts.join(" ")
    }

    #[test]
    fn sentences_close_up() {
        assert_eq!(
            dropped("Um, the plan, uh, works.", "en"),
            "The plan, works."
        );
        assert_eq!(
            dropped("I went, uh. Then I, ummm... left.", "en"),
            "I went. Then I, left."
        );
        assert_eq!(dropped("He said, \"Uh, no.\"", "en"), "He said, \"No.\"");
        assert_eq!(
            dropped("\"I know, um.\" \"Um.\" Yes.", "en"),
            "\"I know.\" Yes."
        );
        assert_eq!(dropped("Uh. Um. uh", "en"), "");
    }

    #[test]
    fn languages_differ() {
        assert_eq!(
            dropped("Um drei Uhr, ähm, vielleicht.", "de"),
            "Um drei Uhr, vielleicht."
        );
        assert_eq!(dropped("Euh, je pense", "fr-CA"), "Je pense");
        assert_eq!(dropped("Эээ, я думаю", "ru"), "Я думаю");
        assert_eq!(dropped("um uh", "ja"), "um uh");
    }

    #[test]
    fn words_stay() {
        for text in [
            "The ER called.",
            "To err is human.",
            "Uh-huh, mm-hmm.",
            "umbrella",
        ] {
            assert_eq!(dropped(text, "en"), text);
        }
        assert_eq!(dropped("Este libro, ¿eh?", "es"), "Este libro, ¿eh?");
    }
}
