//! The ids of the tokens that are no text.

use super::languages::LANGUAGES;

/// Words of GPT-2's vocabulary, after which English-only models have the special tokens.
const ENGLISH_WORDS: u32 = 50_256;
/// Words of the multilingual vocabulary.
const MULTILINGUAL_WORDS: u32 = 50_257;
/// Tokens of the times from 0.00 to 30.00 s in steps of 0.02 s.
const TIMESTAMPS: u32 = 1501;
/// End of text, start of transcript, and the six between the languages and the times: two tasks, a
/// mark of turns that is not used, what came before, no speech, no times.
const OTHERS: u32 = 2 + 6;

/// The special tokens: every id from `end_of_text` on is one.
///
/// They lie in the order of the fields, some that are not used between them. English-only models have all of these ids too, but were
/// trained without the languages and tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpecialTokens {
    /// Ends a transcript; text tokens are below.
    pub end_of_text: u32,
    /// Begins a transcript.
    pub start_of_transcript: u32,
    /// The first of [`LANGUAGES`]; the others follow in their order.
    pub first_language: u32,
    /// Task: translate to English.
    pub translate: u32,
    /// Task: transcribe.
    pub transcribe: u32,
    /// Begins the text that came before the audio.
    pub previous: u32,
    /// Its probability after `start_of_transcript` tells whether nobody speaks.
    pub no_speech: u32,
    /// The time 0.00 s; each following token is 0.02 s later.
    pub first_timestamp: u32,
}

impl SpecialTokens {
    /// The special tokens of a vocabulary of that size: 51864 is English-only, 51865 has 99
    /// languages and 51866, since large-v3, 100. `None` for other sizes.
    pub fn of_vocabulary(size: usize) -> Option<Self> {
        let size = u32::try_from(size).ok()?;
        let (words, languages) = match size {
            51_864 => (ENGLISH_WORDS, 99),
            51_865 => (MULTILINGUAL_WORDS, 99),
            51_866 => (MULTILINGUAL_WORDS, 100),
            _ => return None,
        };
        debug_assert_eq!(words + languages + OTHERS + TIMESTAMPS, size);
        let first_language = words + 2;
        let translate = first_language + languages;
        Some(Self {
            end_of_text: words,
            start_of_transcript: words + 1,
            first_language,
            translate,
            transcribe: translate + 1,
            previous: translate + 3,
            no_speech: translate + 4,
            first_timestamp: translate + 6,
        })
    }

    /// Whether the model knows more languages than English.
    pub fn is_multilingual(&self) -> bool {
        self.end_of_text == MULTILINGUAL_WORDS
    }

    /// Languages that have a token.
    pub fn languages(&self) -> usize {
        (self.translate - self.first_language) as usize
    }

    /// The token of a language by its code in [`LANGUAGES`]; `None` when the model has none.
    pub fn language(&self, code: &str) -> Option<u32> {
        let languages = self.first_language..self.translate;
        let mut known = languages.zip(LANGUAGES);
        known
            .find(|(_, (known, _))| *known == code)
            .map(|(id, _)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_published_models() {
        let english = SpecialTokens::of_vocabulary(51_864).unwrap();
        assert_eq!(
            (english.end_of_text, english.start_of_transcript),
            (50_256, 50_257)
        );
        assert_eq!(
            (english.translate, english.first_timestamp),
            (50_357, 50_363)
        );
        assert!(!english.is_multilingual());
        let base = SpecialTokens::of_vocabulary(51_865).unwrap();
        assert_eq!((base.end_of_text, base.transcribe), (50_257, 50_359));
        assert_eq!((base.previous, base.no_speech), (50_361, 50_362));
        assert_eq!(base.first_timestamp, 50_364);
        let large = SpecialTokens::of_vocabulary(51_866).unwrap();
        assert_eq!((large.translate, large.first_timestamp), (50_359, 50_365));
        assert_eq!(SpecialTokens::of_vocabulary(51_867), None);
        assert_eq!(SpecialTokens::of_vocabulary(usize::MAX), None);
    }

    #[test]
    fn languages_have_tokens() {
        let base = SpecialTokens::of_vocabulary(51_865).unwrap();
        assert_eq!(base.language("en"), Some(50_259));
        assert_eq!(base.language("su"), Some(50_357));
        assert_eq!(base.language("yue"), None);
        let large = SpecialTokens::of_vocabulary(51_866).unwrap();
        assert_eq!(
            (large.languages(), large.language("yue")),
            (100, Some(50_358))
        );
    }
}
