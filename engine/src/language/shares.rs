//! How much of something is in which language.

use serde::{Deserialize, Serialize};

use super::LanguageSpan;

/// How much of a text is in a language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LanguageShare {
    /// ISO 639-1 code.
    pub language: String,
    /// English name.
    pub name: String,
    /// In `[0, 1]`: of a text's letters, or of a recording's speech.
    pub share: f64,
}

impl LanguageShare {
    /// Adds to the share of a language that is named so.
    pub(crate) fn add(shares: &mut Vec<Self>, language: &str, name: &str, share: f64) {
        match shares.iter_mut().find(|one| one.language == language) {
            Some(one) => one.share += share,
            None => shares.push(Self {
                language: language.to_owned(),
                name: name.to_owned(),
                share,
            }),
        }
    }
}

/// How much of the text is in each language, most first.
pub fn shares(text: &str, spans: &[LanguageSpan]) -> Vec<LanguageShare> {
    let mut shares: Vec<LanguageShare> = Vec::new();
    for span in spans {
        let letters = text[span.range.clone()]
            .chars()
            .filter(|one| one.is_alphabetic())
            .count() as f64;
        LanguageShare::add(&mut shares, &span.language, &span.name, letters);
    }
    let all: f64 = shares.iter().map(|share| share.share).sum();
    for share in &mut shares {
        share.share /= all.max(1.0);
    }
    shares.sort_by(|one, other| other.share.total_cmp(&one.share));
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cancellation, language::spans};

    #[test]
    fn shares_sum_to_one() {
        let text = "Everyone has the right to education. Jeder hat das Recht auf Bildung.";
        let shares = shares(text, &spans(text, &Cancellation::new()).unwrap());
        assert_eq!(shares[0].language, "en");
        let sum: f64 = shares.iter().map(|share| share.share).sum();
        assert!((sum - 1.0).abs() < 1e-9);
    }
}
