//! What is spoken in one run of the network.
//!
//! text -> sentences -> espeak-ng's clauses -> [`Utterance`]s: a sentence is one utterance, unless
//! it is so long that memory and the wait for its first sound would grow; then it is cut between
//! clauses, and between words where a single clause is too long. The first utterance of a text is
//! kept shorter than the rest, because somebody is waiting for it.

use crate::{
    Result,
    speak::espeak::{Clause, phonemize},
    text,
};

/// About half a minute of speech.
const LONGEST: usize = 400;
/// About eight seconds of speech.
const LONGEST_FIRST: usize = 120;
/// Seconds of silence after a sentence and after a part of one.
const SENTENCE_PAUSE: f32 = 0.2;
const PART_PAUSE: f32 = 0.05;

/// Phonemes to speak at once.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Utterance {
    /// IPA with Piper's punctuation; never empty.
    pub(super) phonemes: String,
    /// Seconds of silence that follow when more is to be said.
    pub(super) pause: f32,
}

/// The text's utterances, made as they are asked for.
pub(super) fn utterances<'a>(
    voice: &'a str,
    text: &'a str,
) -> impl Iterator<Item = Result<Utterance>> + 'a {
    let mut limit = LONGEST_FIRST;
    sentences(text).flat_map(move |sentence| {
        let clauses = match phonemize(voice, sentence) {
            Ok(clauses) => clauses,
            Err(error) => return vec![Err(error)],
        };
        let spoken = join(&clauses, limit);
        if !spoken.is_empty() {
            limit = LONGEST;
        }
        spoken.into_iter().map(Ok).collect()
    })
}

/// Sentences with something to say.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let found = text::sentences(text).into_iter();
    found
        .map(|range| &text[range])
        .filter(|sentence| sentence.chars().any(is_speakable))
}

/// Letters, digits and pictures are read aloud; punctuation alone is not.
fn is_speakable(letter: char) -> bool {
    letter.is_alphanumeric()
        || matches!(letter, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}')
}

/// Joins the clauses of a sentence into as few utterances as `limit` phonemes each allow.
fn join(clauses: &[Clause], limit: usize) -> Vec<Utterance> {
    let mut spoken = Vec::new();
    let mut current = String::new();
    let mut length = 0;
    let parts = clauses.iter().enumerate().flat_map(|(number, clause)| {
        // A full stop inside a sentence belongs to an abbreviation and is not heard.
        let mark = clause
            .mark
            .filter(|&mark| mark != '.' || number + 1 == clauses.len());
        parts(&clause.phonemes, mark, limit)
    });
    for (part, part_length) in parts {
        if length > 0 && length + part_length > limit {
            spoken.push(finish(&mut current, ',', PART_PAUSE));
            length = 0;
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(&part);
        length += part_length + 1;
    }
    if !current.is_empty() {
        spoken.push(finish(&mut current, '.', SENTENCE_PAUSE));
    }
    spoken
}

/// Networks were trained on sentences that end in a mark, and clip the end of others.
fn finish(phonemes: &mut String, mark: char, pause: f32) -> Utterance {
    let mut phonemes = std::mem::take(phonemes);
    if !phonemes.ends_with([',', '.', '?', '!', ';', ':']) {
        phonemes.push(mark);
    }
    Utterance { phonemes, pause }
}

/// A clause in parts of at most `limit` characters and their lengths, cut between words where
/// possible; its mark goes to the last.
fn parts(phonemes: &str, mark: Option<char>, limit: usize) -> Vec<(String, usize)> {
    let mut parts: Vec<(String, usize)> = Vec::new();
    for word in phonemes.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for piece in letters.chunks(limit.max(1)) {
            match parts.last_mut() {
                Some((part, length)) if *length + 1 + piece.len() <= limit => {
                    part.push(' ');
                    part.extend(piece);
                    *length += 1 + piece.len();
                }
                _ => parts.push((piece.iter().collect(), piece.len())),
            }
        }
    }
    if let (Some((part, _)), Some(mark)) = (parts.last_mut(), mark) {
        part.push(mark);
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clause(phonemes: &str, mark: Option<char>) -> Clause {
        Clause {
            phonemes: phonemes.into(),
            mark,
        }
    }

    fn spoken(text: &str) -> Vec<String> {
        utterances("en-us", text)
            .map(|utterance| utterance.unwrap().phonemes)
            .collect()
    }

    #[test]
    fn a_sentence_is_one_utterance_and_keeps_its_clauses() {
        let clauses = [
            clause("dˈɑːktɚ", Some('.')),
            clause("smˈɪθ", Some(',')),
            clause("hˈaɪ", None),
        ];
        let joined = join(&clauses, 100);
        assert_eq!(joined.len(), 1);
        assert_eq!(joined[0].phonemes, "dˈɑːktɚ smˈɪθ, hˈaɪ.");
    }

    #[test]
    fn long_sentences_are_cut_between_clauses_then_words() {
        let clauses = [
            clause("aaa bbb", Some(',')),
            clause("ccc ddd eee", Some('?')),
        ];
        let joined: Vec<_> = join(&clauses, 8)
            .into_iter()
            .map(|it| it.phonemes)
            .collect();
        assert_eq!(joined, ["aaa bbb,", "ccc ddd,", "eee?"]);
        let word = [clause("abcdefgh", None)];
        let joined: Vec<_> = join(&word, 3).into_iter().map(|it| it.phonemes).collect();
        assert_eq!(joined, ["abc,", "def,", "gh."]);
    }

    #[test]
    fn nothing_to_say_says_nothing() {
        for text in ["", "  \n\t ", "... !? —", "\u{7}\u{0}", "***\n---\n"] {
            assert_eq!(spoken(text), [""; 0], "{text:?}");
        }
    }

    #[test]
    fn every_kind_of_text_is_spoken() {
        for text in [
            "👍",
            "42",
            "a\u{0}b",
            "Hola señor 你好 мир",
            &"x".repeat(50_000),
        ] {
            assert!(!spoken(text).is_empty(), "{text:?}");
        }
        assert_eq!(spoken("One. Two!\nThree").len(), 3);
    }

    #[test]
    fn the_first_utterance_is_short_and_none_is_long() {
        let text = "the quick brown fox jumps over the lazy dog ".repeat(100);
        let lengths: Vec<_> = spoken(&text).iter().map(|it| it.chars().count()).collect();
        assert!(lengths[0] <= LONGEST_FIRST + 2, "{lengths:?}");
        assert!(
            lengths.iter().all(|&length| length <= LONGEST + 2),
            "{lengths:?}"
        );
    }

    proptest! {
        #[test]
        fn joining_keeps_every_phoneme_within_the_limit(
            clauses in prop::collection::vec(("[a-c ]{0,30}", prop::option::of("[,?;]")), 0..8),
            limit in 1_usize..20,
        ) {
            let clauses: Vec<_> = clauses
                .iter()
                .map(|(phonemes, mark)| {
                    clause(phonemes, mark.as_ref().and_then(|mark| mark.chars().next()))
                })
                .collect();
            let joined = join(&clauses, limit);
            let letters = |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>();
            let before: String = clauses.iter().map(|clause| letters(&clause.phonemes)).collect();
            let after: String = joined.iter().map(|it| letters(&it.phonemes)).collect();
            prop_assert_eq!(before, after);
            for utterance in joined {
                // Marks and the spaces between clauses come on top, one per clause.
                prop_assert!(utterance.phonemes.chars().filter(char::is_ascii_alphabetic).count() <= limit);
                prop_assert!(utterance.phonemes.ends_with([',', '.', '?', ';']));
            }
        }
    }
}
