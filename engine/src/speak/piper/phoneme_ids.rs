//! Phonemes as the numbers a Piper network was trained on.
//!
//! One phoneme is one Unicode character after canonical decomposition (so that accents stand
//! alone). A sentence is `begin pad (phoneme pad)* end`; phonemes the voice does not know are
//! left out, as in Piper.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::config::unusable;
use crate::Result;

const PAD: &str = "_";
const BEGIN: &str = "^";
const END: &str = "$";

/// The alphabet of one voice.
#[derive(Debug, Clone)]
pub(super) struct PhonemeIds {
    of: HashMap<char, Vec<i64>>,
    pad: Vec<i64>,
    begin: Vec<i64>,
    end: Vec<i64>,
}

impl PhonemeIds {
    /// Checks the map of a voice whose network knows the ids `0..symbols`.
    ///
    /// # Errors
    /// [`crate::Error::Backend`] for an id out of range, or without the pad, begin and end marks.
    pub(super) fn new(map: &HashMap<String, Vec<i64>>, symbols: i64) -> Result<Self> {
        for (phoneme, ids) in map {
            if ids.len() > 8 || ids.iter().any(|id| !(0..symbols).contains(id)) {
                return Err(unusable(format!(
                    "phoneme_id_map[{phoneme:?}] is {ids:?}; ids must be in 0..{symbols}"
                )));
            }
        }
        let mark = |name: &str| {
            map.get(name)
                .cloned()
                .ok_or_else(|| unusable(format!("phoneme_id_map lacks `{name}`")))
        };
        Ok(Self {
            pad: mark(PAD)?,
            begin: mark(BEGIN)?,
            end: mark(END)?,
            of: map
                .iter()
                .filter(|(name, _)| ![PAD, BEGIN, END].contains(&name.as_str()))
                .filter_map(|(name, ids)| single(name).map(|letter| (letter, ids.clone())))
                .collect(),
        })
    }

    /// The network's input for the phonemes; at most `17 * phonemes + 24` long.
    pub(super) fn ids(&self, phonemes: &str) -> Vec<i64> {
        let mut ids = self.begin.clone();
        ids.extend(&self.pad);
        for known in phonemes.nfd().filter_map(|letter| self.of.get(&letter)) {
            ids.extend(known);
            ids.extend(&self.pad);
        }
        ids.extend(&self.end);
        ids
    }
}

/// The only character of the text.
fn single(text: &str) -> Option<char> {
    let mut letters = text.chars();
    letters.next().filter(|_| letters.next().is_none())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn alphabet() -> PhonemeIds {
        let map = [
            ("_", 0),
            ("^", 1),
            ("$", 2),
            ("a", 3),
            ("\u{303}", 4),
            ("ɪ", 5),
            ("aɪ", 6),
        ];
        let map = map.map(|(name, id)| (name.to_owned(), vec![id]));
        PhonemeIds::new(&HashMap::from(map), 7).unwrap()
    }

    #[test]
    fn pads_stand_between_phonemes_and_accents_stand_alone() {
        assert_eq!(alphabet().ids("aɪ"), [1, 0, 3, 0, 5, 0, 2]);
        assert_eq!(alphabet().ids("ã"), [1, 0, 3, 0, 4, 0, 2]);
        assert_eq!(alphabet().ids(""), [1, 0, 2]);
    }

    #[test]
    fn unknown_phonemes_and_marks_in_the_text_are_left_out() {
        assert_eq!(alphabet().ids("x^a$_"), alphabet().ids("a"));
    }

    proptest! {
        #[test]
        fn ids_are_framed_padded_and_in_range(phonemes in "[aɪã^$_x ]{0,40}|\\PC{0,40}") {
            let ids = alphabet().ids(&phonemes);
            prop_assert_eq!(&ids[..2], &[1, 0]);
            prop_assert_eq!(ids.last(), Some(&2));
            let body = &ids[2..ids.len() - 1];
            prop_assert!(body.chunks(2).all(|pair| (3..6).contains(&pair[0]) && pair[1] == 0));
            let known = phonemes.nfd().filter(|letter| "aɪ\u{303}".contains(*letter)).count();
            prop_assert_eq!(body.len(), 2 * known);
        }

        #[test]
        fn texts_join(left in "[aɪ]{0,9}", right in "[aɪ]{0,9}") {
            let (both, left, right) = (
                alphabet().ids(&format!("{left}{right}")),
                alphabet().ids(&left),
                alphabet().ids(&right),
            );
            prop_assert_eq!(both, [&left[..left.len() - 1], &right[2..]].concat());
        }
    }
}
