//! Scripts that settle the matter: most letters of the text belong to one that a single language uses.

use super::LanguageGuess;

/// Share of a text's letters that must be of the script: names and terms of others stand in any text.
const MOST: f64 = 0.7;

/// First and last character, and what is written with them.
type Block = (char, char, Settled);

/// A language whose script settles it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settled {
    /// ISO 639-1 code, or 639-3 where there is none.
    pub code: &'static str,
    /// English name.
    pub name: &'static str,
    /// In `[0, 1]`.
    pub confidence: f64,
}

impl From<Settled> for LanguageGuess {
    fn from(settled: Settled) -> Self {
        Self {
            language: settled.code.to_owned(),
            name: settled.name.to_owned(),
            confidence: settled.confidence,
        }
    }
}

const fn settles(
    first: char,
    last: char,
    code: &'static str,
    name: &'static str,
    confidence: f64,
) -> Block {
    let settled = Settled {
        code,
        name,
        confidence,
    };
    (first, last, settled)
}

/// Sources: Unicode's blocks and the languages that use them most (CLDR). Where others use the script
/// too, the confidence says so.
const BLOCKS: [Block; 26] = [
    settles('\u{0370}', '\u{03FF}', "el", "Greek", 0.99),
    settles('\u{1F00}', '\u{1FFF}', "el", "Greek", 0.99),
    settles('\u{0530}', '\u{058F}', "hy", "Armenian", 0.99),
    settles('\u{0700}', '\u{074F}', "syr", "Syriac", 0.95),
    settles('\u{0780}', '\u{07BF}', "dv", "Dhivehi", 0.99),
    settles('\u{0A00}', '\u{0A7F}', "pa", "Punjabi", 0.98),
    settles('\u{0A80}', '\u{0AFF}', "gu", "Gujarati", 0.98),
    settles('\u{0B00}', '\u{0B7F}', "or", "Odia", 0.98),
    settles('\u{0B80}', '\u{0BFF}', "ta", "Tamil", 0.99),
    settles('\u{0C00}', '\u{0C7F}', "te", "Telugu", 0.99),
    settles('\u{0C80}', '\u{0CFF}', "kn", "Kannada", 0.98),
    settles('\u{0D00}', '\u{0D7F}', "ml", "Malayalam", 0.99),
    settles('\u{0D80}', '\u{0DFF}', "si", "Sinhala", 0.99),
    settles('\u{0E00}', '\u{0E7F}', "th", "Thai", 0.99),
    settles('\u{0E80}', '\u{0EFF}', "lo", "Lao", 0.99),
    settles('\u{0F00}', '\u{0FFF}', "bo", "Tibetan", 0.9),
    settles('\u{1000}', '\u{109F}', "my", "Burmese", 0.95),
    settles('\u{10A0}', '\u{10FF}', "ka", "Georgian", 0.99),
    settles('\u{1100}', '\u{11FF}', "ko", "Korean", 0.99),
    settles('\u{1200}', '\u{139F}', "am", "Amharic", 0.75),
    settles('\u{13A0}', '\u{13FF}', "chr", "Cherokee", 0.99),
    settles('\u{1780}', '\u{17FF}', "km", "Khmer", 0.99),
    settles('\u{3040}', '\u{30FF}', "ja", "Japanese", 0.99),
    settles('\u{3130}', '\u{318F}', "ko", "Korean", 0.99),
    settles('\u{AC00}', '\u{D7AF}', "ko", "Korean", 0.99),
    settles('\u{2D30}', '\u{2D7F}', "tzm", "Tamazight", 0.7),
];

/// Share of Japanese texts' characters that are Chinese ones: without a single kana among them, a few leave
/// room for doubt and many do not.
const HAN_IN_JAPANESE: f64 = 0.6;

/// The language when the script settles it.
pub fn settled(text: &str) -> Option<Settled> {
    let (mut letters, mut han) = (0, 0);
    let mut counts: Vec<(Settled, usize)> = Vec::new();
    for letter in text.chars().filter(|one| one.is_alphabetic()) {
        letters += 1;
        han += usize::from(crate::text::is_han(letter));
        let Some(found) = block(letter) else { continue };
        match counts.iter_mut().find(|(one, _)| one.code == found.code) {
            Some((_, count)) => *count += 1,
            None => counts.push((found, 1)),
        }
    }
    let needed = (f64::from(letters) * MOST).max(1.0);
    let kana = counts
        .iter()
        .find(|(one, _)| one.code == "ja")
        .map_or(0, |(_, count)| *count);
    // Japanese is written in Chinese characters and kana, Korean seldom in the former.
    if kana > 0 {
        let japanese = (kana + han) as f64 >= needed && kana * 20 > han;
        return japanese.then_some(Settled {
            code: "ja",
            name: "Japanese",
            confidence: 0.99,
        });
    }
    if han as f64 >= needed {
        let doubt = HAN_IN_JAPANESE.powi(i32::try_from(han).unwrap_or(i32::MAX));
        return Some(Settled {
            code: "zh",
            name: "Chinese",
            confidence: (1.0 / (1.0 + doubt)).min(0.99),
        });
    }
    let (found, most) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    (most as f64 >= needed).then_some(found)
}

fn block(letter: char) -> Option<Settled> {
    // Both stand in words of other scripts too: a dot between names, and a mark of length.
    if letter.is_ascii() || matches!(letter, '\u{30FB}' | '\u{30FC}') {
        return None;
    }
    let found = BLOCKS
        .iter()
        .find(|(first, last, _)| (*first..=*last).contains(&letter));
    found.map(|(_, _, settled)| *settled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(text: &str) -> Option<String> {
        settled(text).map(|guess| guess.code.to_owned())
    }

    #[test]
    fn scripts_of_one_language_settle_it() {
        for (text, expected) in [
            ("Καλημέρα", "el"),
            ("გამარჯობა", "ka"),
            ("안녕하세요 여러분", "ko"),
            ("ನಮಸ್ಕಾರ", "kn"),
            ("ជំរាបសួរ", "km"),
            ("おはよう、東京駅", "ja"),
            ("软件和网络", "zh"),
            ("สวัสดีครับทุกคน iPhone", "th"),
        ] {
            assert_eq!(language(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn others_leave_it_open() {
        for text in [
            "",
            "123",
            "hello",
            "привет",
            "مرحبا",
            "שלום לכל",
            "नमस्ते",
            "the letter π stands for it",
        ] {
            assert_eq!(language(text), None, "{text}");
        }
    }

    #[test]
    fn two_chinese_characters_may_be_japanese() {
        let doubtful = settled("東京").unwrap().confidence;
        let sure = settled("中华人民共和国").unwrap().confidence;
        assert!(doubtful < 0.8 && sure > 0.95, "{doubtful} {sure}");
    }
}
