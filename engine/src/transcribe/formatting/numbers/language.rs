//! What the languages say and write of numbers.

use super::super::word::language_code;
use super::{
    atom::Atom, english::ENGLISH, french::FRENCH, german::GERMAN, italian::ITALIAN,
    portuguese::PORTUGUESE, reading::Rules, spanish::SPANISH,
};

/// Longest number word in bytes; German compounds below a million have up to 70.
const LONGEST: usize = 96;

/// A language with number words.
pub(super) struct Language {
    /// ISO 639-1.
    pub code: &'static str,
    /// Numbers with words of their own, from zero on.
    pub units: &'static [&'static str],
    /// Multiples of ten below a hundred; the first two stand among the units.
    pub tens: &'static [&'static str; 10],
    /// Where multiples of a hundred have words of their own: that of a hundred alone, then those of a hundred and of others
    /// that something follows.
    pub hundreds: &'static [&'static str],
    /// Other pieces of number words, each with what it means, and those of the above that mean something else.
    pub pieces: &'static [(&'static str, Atom)],
    /// Pieces that have lost their last vowel before another vowel.
    pub elided: &'static [(&'static str, Atom)],
    /// Whether pieces are written together without hyphens.
    pub compounds: bool,
    /// Whether units are said before tens within a word.
    pub units_first: bool,
    pub rules: Rules,
    /// Ordinal pieces, which end a number.
    pub ordinals: &'static [(&'static str, Atom)],
    /// Said for the decimal mark.
    pub points: &'static [&'static str],
    /// Said for per cent, one or two words.
    pub percents: &'static [&'static str],
    pub currencies: &'static [Currency],
    pub notation: Notation,
    /// A number below the limit in words.
    pub cardinal: fn(u64) -> String,
}

/// A currency, and how amounts of it are written.
pub(super) struct Currency {
    pub units: &'static [&'static str],
    /// Hundredths.
    pub subunits: &'static [&'static str],
    pub before: &'static str,
    pub after: &'static str,
}

/// How digits are written, after the Unicode Common Locale Data Repository, release 46. Digits are
/// grouped from 10,000 on, so that years are left alone.
pub(super) struct Notation {
    pub decimal: char,
    pub group: char,
    /// With the space before it, where there is one.
    pub percent: &'static str,
}

/// The language of a tag such as `en` or `pt-BR`, unless its numbers are not known.
pub(super) fn language(tag: &str) -> Option<&'static Language> {
    let code = language_code(tag);
    [&ENGLISH, &GERMAN, &FRENCH, &SPANISH, &PORTUGUESE, &ITALIAN]
        .into_iter()
        .find(|language| language.code == code)
}

impl Language {
    /// The pieces of a word, when it consists of nothing else. The word is expected in lower case.
    pub(super) fn atoms(&self, word: &str) -> Option<Vec<Atom>> {
        if word.is_empty() || word.len() > LONGEST {
            return None;
        }
        let mut atoms = Vec::new();
        for piece in word.split('-') {
            if self.compounds {
                self.segment(piece, &mut atoms).then_some(())?;
            } else {
                atoms.push(find(self.all_pieces(), piece)?);
            }
        }
        let atoms = if self.units_first {
            tens_first(&atoms)
        } else {
            atoms
        };
        (!atoms.is_empty()).then_some(atoms)
    }

    /// The pieces of a word that is or ends in an ordinal.
    pub(super) fn ordinal_atoms(&self, word: &str) -> Option<Vec<Atom>> {
        let (before, last) = word.rsplit_once('-').unwrap_or(("", word));
        let mut atoms = if before.is_empty() {
            Vec::new()
        } else {
            self.atoms(before)?
        };
        atoms.push(find(self.ordinals.iter().copied(), last)?);
        Some(atoms)
    }

    /// All pieces that stand for themselves. Of two that are alike, the first counts.
    fn all_pieces(&self) -> impl Iterator<Item = (&'static str, Atom)> {
        let units = (0..).zip(self.units);
        let units = units.map(|(value, word)| (*word, Atom::last(value)));
        let tens = (0..).step_by(10).zip(self.tens).skip(2);
        let tens = tens.map(|(value, word)| (*word, Atom::ten(value)));
        let hundreds = (0..).step_by(100).zip(self.hundreds);
        let hundreds = hundreds.map(|(value, word)| match value {
            0 => (*word, Atom::last(100)),
            _ => (*word, Atom::hundreds(value)),
        });
        let others = self.pieces.iter().copied();
        others.chain(units).chain(tens).chain(hundreds)
    }

    /// Finds pieces that together are the word, longer ones first. The words are short and no two
    /// ways through them go far together, so that this takes little time.
    fn segment(&self, word: &str, atoms: &mut Vec<Atom>) -> bool {
        if word.is_empty() {
            return !atoms.is_empty();
        }
        let whole = self.all_pieces().map(|piece| (piece, false));
        let elided = self.elided.iter().map(|piece| (*piece, true));
        let mut found: Vec<(&str, Atom)> = whole
            .chain(elided)
            .filter_map(|((piece, atom), elided)| {
                let rest = word.strip_prefix(piece)?;
                (!elided || rest.starts_with(['u', 'o'])).then_some((rest, atom))
            })
            .collect();
        found.sort_by_key(|(rest, _)| rest.len());
        found.into_iter().any(|(rest, atom)| {
            atoms.push(atom);
            let complete = self.segment(rest, atoms);
            if !complete {
                atoms.pop();
            }
            complete
        })
    }
}

fn find(mut pieces: impl Iterator<Item = (&'static str, Atom)>, word: &str) -> Option<Atom> {
    let found = pieces.find(|(piece, _)| *piece == word);
    found.map(|(_, atom)| atom)
}

/// Turns "drei und zwanzig" round. Elsewhere, "und" adds nothing.
fn tens_first(atoms: &[Atom]) -> Vec<Atom> {
    let mut turned = Vec::with_capacity(atoms.len());
    let mut rest = atoms;
    while let [first, after @ ..] = rest {
        rest = after;
        match (first.digit(), after) {
            (
                Some(unit @ 1..),
                [
                    Atom::And,
                    Atom::Add {
                        value, below: 10, ..
                    },
                    after @ ..,
                ],
            ) => {
                turned.push(Atom::last(value + unit));
                rest = after;
            }
            _ if *first == Atom::And => {}
            _ => turned.push(*first),
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compounds_are_taken_apart() {
        let atoms = GERMAN.atoms("dreiundzwanzigtausend");
        assert_eq!(atoms, Some(vec![Atom::last(23), Atom::Scale(1_000)]));
        let atoms = ITALIAN.atoms("centottanta");
        assert_eq!(atoms, Some(vec![Atom::Hundred, Atom::ten(80)]));
        assert_eq!(ITALIAN.atoms("vent"), None);
        assert_eq!(GERMAN.atoms("einkaufen"), None);
    }

    #[test]
    fn long_words_are_not_looked_at() {
        assert_eq!(ITALIAN.atoms(&"cento".repeat(1_000)), None);
        assert_eq!(ITALIAN.atoms(&format!("{}x", "cento".repeat(18))), None);
    }

    #[test]
    fn tags_are_known() {
        assert!(language("pt-BR").is_some());
        assert!(language("ja").is_none());
    }
}
