//! All that can be told of a text's language.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{
    LanguageGuess, LanguageShare, LanguageSpan, Variety, detect, shares, spans,
    variant::variety_within,
};
use crate::{Cancellation, Result};

/// A text's language, its variety, and where it changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LanguageReport {
    /// Languages that the whole may be in, likeliest first; none when it holds no words.
    pub languages: Vec<LanguageGuess>,
    /// Variety of the likeliest language, where a word tells.
    pub variety: Option<Variety>,
    /// Pieces in one language each.
    pub spans: Vec<LanguageSpan>,
    /// How much of it is in each, most first.
    pub shares: Vec<LanguageShare>,
}

/// Looks at the text in every way.
///
/// # Errors
/// [`crate::Error::Cancelled`].
pub fn report(text: &str, cancellation: &Cancellation) -> Result<LanguageReport> {
    let languages = detect(text);
    let spans = spans(text, cancellation)?;
    let variety = languages.first().and_then(|first| {
        let own = spans.iter().filter(|span| span.language == first.language);
        let own: Vec<Range<usize>> = own.map(|span| span.range.clone()).collect();
        variety_within(text, &first.language, &own)
    });
    let shares = shares(text, &spans);
    Ok(LanguageReport {
        languages,
        variety,
        spans,
        shares,
    })
}

impl LanguageReport {
    /// The same with ranges in characters, as Python and most wire formats count, instead of bytes of `text`.
    #[must_use]
    pub fn in_characters(mut self, text: &str) -> Self {
        let mut characters = Characters::of(text);
        for span in &mut self.spans {
            span.range = characters.place(&span.range);
        }
        let mut characters = Characters::of(text);
        for word in self
            .variety
            .iter_mut()
            .flat_map(|variety| &mut variety.evidence)
        {
            word.range = characters.place(&word.range);
        }
        self
    }
}

/// Counts characters where bytes are known, in one pass over places that come in order.
struct Characters<'a> {
    text: &'a str,
    byte: usize,
    character: usize,
}

impl<'a> Characters<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            text,
            byte: 0,
            character: 0,
        }
    }

    fn place(&mut self, bytes: &Range<usize>) -> Range<usize> {
        let start = self.count(bytes.start);
        start..self.count(bytes.end)
    }

    fn count(&mut self, byte: usize) -> usize {
        self.character += self.text[self.byte..byte].chars().count();
        self.byte = byte;
        self.character
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_where_bytes_were() {
        let text = "The colour of the naïve sky above the old harbour is grey – isn’t it? Я не знаю, какого цвета небо.";
        let characters: Vec<char> = text.chars().collect();
        let bytes = report(text, &Cancellation::new()).unwrap();
        let counted = bytes.clone().in_characters(text);
        assert_eq!(bytes.spans.len(), 2);
        for (span, placed) in bytes.spans.iter().zip(&counted.spans) {
            let piece: String = characters[placed.range.clone()].iter().collect();
            assert_eq!(text[span.range.clone()], piece);
        }
        let chinese = "這個軟體的網路設定";
        let counted_chinese = report(chinese, &Cancellation::new())
            .unwrap()
            .in_characters(chinese);
        let words = counted_chinese.variety.unwrap().evidence;
        assert!(
            words
                .iter()
                .any(|word| word.text == "軟體" && word.range == (2..4)),
            "{words:?}"
        );
        let word = &counted.variety.unwrap().evidence[0];
        assert_eq!(word.text, "colour");
        assert_eq!(word.range, 4..10);
    }
}
