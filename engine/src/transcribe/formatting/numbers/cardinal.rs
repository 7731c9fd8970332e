//! Reads a cardinal number from the words of a text.

use super::{
    atom::Atom,
    phrase::{Phrase, Spoken},
    reading::Reading,
};

/// A cardinal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cardinal {
    pub value: u64,
    /// Position after its last word.
    pub end: usize,
    /// Whether it is only "a hundred", "a thousand" or the like, which is seldom meant exactly.
    pub vague: bool,
}

/// The longest number that begins with a word. It has few words, since each allows only smaller
/// numbers after it.
pub(super) fn cardinal(phrase: &Phrase<'_>, start: usize) -> Option<Cardinal> {
    let rules = &phrase.language.rules;
    let article = article(phrase, start);
    let first = start + usize::from(article);
    let mut reading = Reading::new();
    if article {
        reading = reading.read(&[Atom::last(1)], rules)?;
    }
    let mut found = None;
    // The number up to the last multiplier.
    let mut safe = None;
    for at in first.. {
        let Some(word) = phrase.word(start, at).filter(|word| !word.atoms.is_empty()) else {
            break;
        };
        let Some(next) = reading.read(&word.atoms, rules) else {
            // In "one hundred and two hundred", the "two" belongs to the second number.
            return if begins_multiplied(word) { safe } else { found };
        };
        reading = next;
        if let Some(value) = reading.value() {
            found = Some(Cardinal {
                value,
                end: at + 1,
                vague: article && at == first,
            });
            if word.atoms.last().is_some_and(|atom| atom.is_multiplier()) {
                safe = found;
            }
        }
    }
    found
}

/// Whether the English "a" of "a hundred" stands here.
fn article(phrase: &Phrase<'_>, at: usize) -> bool {
    phrase.language.code == "en"
        && phrase.get(at).is_some_and(|word| word.folded == "a")
        && phrase.next(at + 1).is_some_and(begins_multiplied)
}

fn begins_multiplied(word: &Spoken<'_>) -> bool {
    word.atoms.first().is_some_and(|atom| atom.is_multiplier())
}

#[cfg(test)]
mod tests {
    use super::{super::language::language, *};

    fn read(text: &str, code: &str) -> Option<(u64, usize)> {
        let words: Vec<&str> = text.split(' ').collect();
        let found = cardinal(&Phrase::new(&words, language(code)?), 0)?;
        Some((found.value, found.end))
    }

    #[test]
    fn the_longest_number_is_read() {
        let text = "one hundred and five thousand two hundred and people";
        assert_eq!(read(text, "en"), Some((105_200, 7)));
        assert_eq!(read("twenty three", "en"), Some((23, 2)));
        assert_eq!(read("twenty, three", "en"), Some((20, 1)));
        assert_eq!(read("a hundred and five", "en"), Some((105, 4)));
        assert_eq!(read("hundred", "en"), None);
    }

    #[test]
    fn neighbours_stay_apart() {
        assert_eq!(read("one hundred and two hundred", "en"), Some((100, 2)));
        assert_eq!(
            read("five thousand and six thousand", "en"),
            Some((5_000, 2))
        );
        assert_eq!(read("three twenty", "en"), Some((3, 1)));
        assert_eq!(read("vinte e trinta", "pt"), Some((20, 1)));
        assert_eq!(read("drei und zwanzig", "de"), Some((3, 1)));
    }

    #[test]
    fn languages_have_their_ways() {
        assert_eq!(read("dreiundzwanzig", "de"), Some((23, 1)));
        assert_eq!(
            read("zwei Millionen dreihunderttausend", "de"),
            Some((2_300_000, 3))
        );
        assert_eq!(
            read("neunzehnhundertvierundachtzig", "de"),
            Some((1_984, 1))
        );
        assert_eq!(read("quatre-vingt-dix-sept", "fr"), Some((97, 1)));
        assert_eq!(read("quatre vingt dix sept", "fr"), Some((97, 4)));
        assert_eq!(read("septante et un", "fr"), Some((71, 3)));
        assert_eq!(read("nonante-neuf", "fr"), Some((99, 1)));
        assert_eq!(read("veintitrés", "es"), Some((23, 1)));
        assert_eq!(read("dos mil millones", "es"), Some((2_000_000_000, 3)));
        assert_eq!(read("cento e vinte e três mil", "pt"), Some((123_000, 6)));
        assert_eq!(read("duemilatrecentotré", "it"), Some((2_303, 1)));
    }
}
