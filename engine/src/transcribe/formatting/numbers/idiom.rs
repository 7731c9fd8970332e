//! English numbers that mean something else than their parts.

use super::phrase::{Found, Phrase};

const IDIOMS: [(&str, &str); 3] = [
    ("twenty four seven", "24/7"),
    ("twenty-four seven", "24/7"),
    ("fifty fifty", "50/50"),
];

/// "twenty four seven" and "fifty fifty".
pub(super) fn idiom(phrase: &Phrase<'_>, start: usize) -> Option<Found> {
    IDIOMS.iter().find_map(|(spoken, written)| {
        let (first, rest) = spoken.split_once(' ')?;
        let begins = phrase.get(start).is_some_and(|word| word.folded == first);
        let end = phrase.follows(start + 1, rest).filter(|_| begins)?;
        // In "twenty four seven hundred", the "seven" begins a number.
        let goes_on = phrase.next(end).is_some_and(|word| !word.atoms.is_empty());
        (!goes_on || phrase.follows(end, "and").is_some())
            .then(|| Found::written((*written).to_owned(), end))
    })
}

#[cfg(test)]
mod tests {
    use super::{super::english::ENGLISH, *};

    fn read(text: &str) -> Option<String> {
        let words: Vec<&str> = text.split(' ').collect();
        idiom(&Phrase::new(&words, &ENGLISH), 0)?.text
    }

    #[test]
    fn idioms_are_written() {
        assert_eq!(read("Twenty-four seven and").as_deref(), Some("24/7"));
        assert_eq!(read("fifty fifty").as_deref(), Some("50/50"));
        assert_eq!(read("twenty four seven hundred"), None);
        assert_eq!(read("twenty four, seven"), None);
    }
}
