//! Letters to phonemes with espeak-ng.
//!
//! text -> [`phonemize`] -> [`Clause`]s: the phonemes of each stretch that is spoken in one breath
//! and the punctuation that ends it. The library reads numbers, dates, abbreviations and symbols
//! in the way of the voice's language, so text needs no preparation of that kind.

mod library;

use std::{
    ffi::CString,
    ops::Range,
    sync::{Mutex, PoisonError},
};

use library::Library;

use crate::{Error, Result};

/// What is spoken between two punctuation marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    /// IPA, words separated by spaces; never empty.
    pub(super) phonemes: String,
    /// The mark that ends it, one of `. , ? ! ; :`.
    pub(super) mark: Option<char>,
}

struct Espeak {
    library: Library,
    voice: String,
}

/// The library's state is global to the process, so one caller at a time may use it.
static ESPEAK: Mutex<Option<Espeak>> = Mutex::new(None);

/// Longest text handed to the library at once, in bytes: it reads clauses into a buffer of 800.
const LONGEST_TEXT: usize = 700;

/// The clauses of a text as the voice (e.g. `en-us`) reads them. Control characters count as
/// spaces.
///
/// # Errors
/// [`Error::MissingLibrary`], and [`Error::Backend`] when the library lacks the voice.
pub(super) fn phonemize(voice: &str, text: &str) -> Result<Vec<Clause>> {
    let mut state = ESPEAK.lock().unwrap_or_else(PoisonError::into_inner);
    let espeak = match &mut *state {
        Some(espeak) => espeak,
        empty => empty.insert(Espeak {
            library: Library::open()?,
            voice: String::new(),
        }),
    };
    espeak.use_voice(voice)?;
    let mut clauses = Vec::new();
    for piece in pieces(text, LONGEST_TEXT) {
        espeak.read(piece, &mut clauses)?;
    }
    Ok(clauses)
}

impl Espeak {
    fn use_voice(&mut self, voice: &str) -> Result<()> {
        if self.voice != voice {
            let refused = || Error::backend("espeak-ng", format!("it has no voice `{voice}`"));
            let name = CString::new(voice).map_err(|_| refused())?;
            // The old voice is gone even when the new one is refused.
            self.voice.clear();
            if !self.library.set_voice(&name) {
                return Err(refused());
            }
            voice.clone_into(&mut self.voice);
        }
        Ok(())
    }

    fn read(&mut self, text: &str, clauses: &mut Vec<Clause>) -> Result<()> {
        let clean: String = text
            .chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .collect();
        let source =
            CString::new(clean.as_bytes()).map_err(|source| Error::backend("espeak-ng", source))?;
        let mut start = 0;
        self.library.phonemes(&source, |phonemes, end| {
            let phonemes = without_language_flags(&phonemes);
            let mark = closing_mark(&clean, start..end.max(start));
            start = end.max(start);
            if !phonemes.trim().is_empty() {
                clauses.push(Clause { phonemes, mark });
            }
        });
        Ok(())
    }
}

/// The mark that ends a clause, given the bytes the library read for it. It has read on to the
/// first letter of the next clause, which is passed over, as are quotes and brackets.
fn closing_mark(text: &str, read: Range<usize>) -> Option<char> {
    let slice = text.get(read.clone()).unwrap_or_default();
    let mut letters = slice.chars().rev().peekable();
    if read.end < text.len()
        && letters
            .peek()
            .is_some_and(|letter| letter.is_alphanumeric())
    {
        letters.next();
    }
    letters
        .take_while(|letter| !letter.is_alphanumeric())
        .find_map(standard_mark)
}

/// The mark as Piper's voices know it.
fn standard_mark(mark: char) -> Option<char> {
    Some(match mark {
        '.' | '…' | '。' | '।' | '۔' => '.',
        ',' | '、' | '，' | '،' => ',',
        '?' | '？' | '؟' => '?',
        '!' | '！' => '!',
        ';' | '；' | '؛' | '—' | '–' => ';',
        ':' | '：' => ':',
        _ => return None,
    })
}

/// espeak-ng marks words of another language: `(fr)ʃˈe(en)`.
fn without_language_flags(phonemes: &str) -> String {
    let mut depth = 0_usize;
    phonemes
        .chars()
        .filter(|letter| {
            match letter {
                '(' => depth += 1,
                ')' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect()
}

/// The text in pieces of at most `limit` bytes, cut after white space where there is some.
fn pieces(mut text: &str, limit: usize) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        if text.is_empty() {
            return None;
        }
        let mut cut = text.floor_char_boundary(limit.max(4));
        if cut < text.len() {
            cut = text[..cut]
                .char_indices()
                .rev()
                .find(|(_, letter)| letter.is_whitespace())
                .map_or(cut, |(at, letter)| at + letter.len_utf8());
        }
        let (piece, rest) = text.split_at(cut);
        text = rest;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn english(text: &str) -> Vec<(String, Option<char>)> {
        phonemize("en-us", text)
            .unwrap()
            .into_iter()
            .map(|clause| (clause.phonemes, clause.mark))
            .collect()
    }

    fn clause(phonemes: &str, mark: Option<char>) -> (String, Option<char>) {
        (phonemes.to_owned(), mark)
    }

    #[test]
    fn clauses_keep_their_punctuation() {
        assert_eq!(
            english("Hello, world! Is it 3.14? (Yes; really): \"no.\""),
            [
                clause("həlˈoʊ", Some(',')),
                clause("wˈɜːld", Some('!')),
                clause("ɪz ɪt θɹˈiː pɔɪnt wˈʌn fˈoːɹ", Some('?')),
                clause("jˈɛs", Some(';')),
                clause("ɹˈiəli", Some(':')),
                clause("nˈoʊ", Some('.')),
            ]
        );
        assert_eq!(english("no mark"), [clause("nˈoʊ mˈɑːɹk", None)]);
    }

    #[test]
    fn language_flags_are_removed() {
        assert_eq!(without_language_flags("ðə (fr)ʃˈe(en-us) ɪz"), "ðə ʃˈe ɪz");
        let read = english("the Schadenfreude of señor Müller's résumé");
        assert!(!read[0].0.contains('('), "{read:?}");
    }

    #[test]
    fn an_unknown_voice_is_refused_and_the_next_call_works() {
        assert!(matches!(
            phonemize("xx-none", "hello"),
            Err(Error::Backend { .. })
        ));
        assert_eq!(english("hello"), [clause("həlˈoʊ", None)]);
    }

    #[test]
    fn callers_on_several_threads_get_their_own_phonemes() {
        std::thread::scope(|scope| {
            for (voice, phonemes) in [("en-us", "wˈʌn"), ("de", "ˈaɪns"), ("pt-br", "ˈu\u{303}ŋ")]
            {
                scope.spawn(move || {
                    for _ in 0..50 {
                        let read = phonemize(voice, "1").unwrap();
                        assert_eq!(read[0].phonemes, phonemes);
                    }
                });
            }
        });
    }

    #[test]
    fn what_was_read_before_changes_nothing() {
        for voice in ["en-us", "de", "pt-br"] {
            let read = |text| phonemize(voice, text).unwrap();
            let expected = read("1");
            // Words and letters of other languages, and marks that the library holds back.
            for odd in ["8N닚낀v菓", "x..", "a b .."] {
                read(odd);
                assert_eq!(read("1"), expected, "{voice} after {odd}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in any::<String>()) {
            phonemize("en-us", &text).unwrap();
        }

        #[test]
        fn pieces_lose_nothing_and_stay_small(text in any::<String>(), limit in 4_usize..50) {
            let cut: Vec<_> = pieces(&text, limit).collect();
            prop_assert_eq!(cut.concat(), text.as_str());
            prop_assert!(cut.iter().all(|piece| !piece.is_empty() && piece.len() <= limit));
        }
    }
}
