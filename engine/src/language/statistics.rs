//! lingua: n-gram statistics of 75 languages, made for short texts too.

use std::{collections::HashMap, sync::OnceLock};

use lingua::{Language, LanguageDetector, LanguageDetectorBuilder};
use unicode_normalization::UnicodeNormalization;

/// Languages that the text may be in with their raw confidences, likeliest first. The first call reads the
/// statistics of every language that uses the text's script.
///
/// Accents may be characters of their own in the text (as in decomposed Vietnamese); the statistics
/// only know letters that have them.
pub fn confidences(text: &str) -> Vec<(Language, f64)> {
    let composed: String = text.nfc().collect();
    let mut found = detector().compute_language_confidence_values(composed);
    found.retain(|(_, confidence)| *confidence > 0.0);
    found
}

/// ISO 639-1.
pub fn code(language: Language) -> String {
    language.iso_code_639_1().to_string()
}

/// ISO 639-1, for as long as the program runs.
pub fn static_code(language: Language) -> &'static str {
    static CODES: OnceLock<HashMap<Language, String>> = OnceLock::new();
    let codes = CODES.get_or_init(|| {
        let known = Language::all().into_iter();
        known.map(|language| (language, code(language))).collect()
    });
    codes.get(&language).map_or("", String::as_str)
}

/// English name.
pub fn name(language: Language) -> &'static str {
    static NAMES: OnceLock<HashMap<Language, String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let known = Language::all().into_iter();
        known
            .map(|language| (language, language.to_string()))
            .collect()
    });
    match language {
        Language::Bokmal => "Norwegian Bokmål",
        Language::Nynorsk => "Norwegian Nynorsk",
        Language::Slovene => "Slovenian",
        other => names.get(&other).map_or("", String::as_str),
    }
}

/// Whether the statistics know it.
pub fn knows(code: &str) -> bool {
    of_code(code).is_some()
}

/// English name of a language by its code.
pub fn name_of(code: &str) -> &'static str {
    of_code(code).map_or("", name)
}

fn of_code(code: &str) -> Option<Language> {
    Language::all()
        .into_iter()
        .find(|language| static_code(*language) == code)
}

fn detector() -> &'static LanguageDetector {
    static DETECTOR: OnceLock<LanguageDetector> = OnceLock::new();
    DETECTOR.get_or_init(|| LanguageDetectorBuilder::from_all_languages().build())
}
