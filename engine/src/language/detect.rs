//! Detection with lingua: n-gram statistics of 75 languages, made for short texts too.

use std::sync::OnceLock;

use lingua::{LanguageDetector, LanguageDetectorBuilder};

use super::LanguageGuess;

/// The languages that the text may be in, likeliest first; none when it holds no words. The first
/// call reads the statistics of every language that uses the text's script.
pub fn detect(text: &str) -> Vec<LanguageGuess> {
    if !text.contains(char::is_alphabetic) {
        return Vec::new();
    }
    detector()
        .compute_language_confidence_values(text)
        .into_iter()
        .filter(|(_, confidence)| *confidence > 0.0)
        .map(|(language, confidence)| LanguageGuess {
            language: language.iso_code_639_1().to_string(),
            name: language.to_string(),
            confidence,
        })
        .collect()
}

fn detector() -> &'static LanguageDetector {
    static DETECTOR: OnceLock<LanguageDetector> = OnceLock::new();
    DETECTOR.get_or_init(|| LanguageDetectorBuilder::from_all_languages().build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_of_several_languages_and_scripts() {
        for (text, language) in [
            ("Good morning, how are you today?", "en"),
            ("Guten Morgen, wie geht es Ihnen heute?", "de"),
            ("Bom dia, como está o senhor hoje? Não dormi bem.", "pt"),
            ("Доброе утро, как у вас дела сегодня?", "ru"),
            ("おはようございます、お元気ですか。", "ja"),
        ] {
            let guesses = detect(text);
            assert_eq!(
                guesses.first().map(|guess| guess.language.as_str()),
                Some(language),
                "{text}"
            );
            let sum: f64 = guesses.iter().map(|guess| guess.confidence).sum();
            assert!(sum < 1.001, "{sum}");
            assert!(guesses.is_sorted_by(|a, b| a.confidence >= b.confidence));
        }
    }

    #[test]
    fn text_without_words_has_no_language() {
        for text in ["", "  \n", "123 456", "?!… 🎉"] {
            assert!(detect(text).is_empty(), "{text}");
        }
    }
}
