//! Whisper's languages by code or English name.

use super::tokenizer::LANGUAGES;
use crate::{Error, Result};

/// The code of a language given as code (`pt`, `pt-BR`) or English name (`Portuguese`).
///
/// # Errors
/// [`Error::InvalidInput`] that lists what would work.
pub(in crate::transcribe) fn code(asked: &str) -> Result<&'static str> {
    let wanted = asked.trim().to_lowercase();
    let primary = wanted.split(['-', '_']).next().unwrap_or_default();
    known()
        .find(|(code, name)| *code == primary || *name == wanted)
        .map(|(code, _)| code)
        .ok_or_else(|| {
            let codes: Vec<&str> = known().map(|(code, _)| code).collect();
            Error::invalid(
                "language",
                format!("`{asked}` is unknown; use one of {}", codes.join(", ")),
            )
        })
}

/// Codes and English names in lower case of all languages that Whisper knows.
pub fn language_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    known()
}

/// The English name in lower case (`portuguese`) of a code (`pt`); `None` when Whisper knows none.
pub fn language_name(code: &str) -> Option<&'static str> {
    known()
        .find(|(known, _)| *known == code)
        .map(|(_, name)| name)
}

fn known() -> impl Iterator<Item = (&'static str, &'static str)> {
    LANGUAGES.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_names_and_regions_are_understood_and_others_refused() {
        assert_eq!(code("EN").unwrap(), "en");
        assert_eq!(code("Portuguese").unwrap(), "pt");
        assert_eq!(code("pt-BR").unwrap(), "pt");
        assert_eq!(language_name("yue"), Some("cantonese"));
        assert_eq!(language_name("tlh"), None);
        let message = code("klingon").unwrap_err().to_string();
        assert!(
            message.contains("klingon") && message.contains("de"),
            "{message}"
        );
    }
}
