//! The word lists, one file per language.
//!
//! A line is a word, or a stem with endings: `fuck: - s ed` stands for "fuck", "fucks" and "fucked",
//! where the hyphen is the stem itself. The lines `[strong]` and `[mild]` begin the words of that
//! strength; `#` begins a comment.

use std::{collections::HashMap, sync::LazyLock};

use super::super::word::folded;
use super::Strength;

type List = HashMap<String, Strength>;

/// Language codes and the text of their lists.
const SOURCES: [(&str, &str); 9] = [
    ("de", include_str!("de.txt")),
    ("en", include_str!("en.txt")),
    ("es", include_str!("es.txt")),
    ("fr", include_str!("fr.txt")),
    ("it", include_str!("it.txt")),
    ("nl", include_str!("nl.txt")),
    ("pl", include_str!("pl.txt")),
    ("pt", include_str!("pt.txt")),
    ("ru", include_str!("ru.txt")),
];

static LISTS: LazyLock<HashMap<&str, List>> = LazyLock::new(|| {
    let read = |&(code, source)| (code, read(source));
    SOURCES.iter().map(read).collect()
});

/// The list of a language, unless there is none.
pub(super) fn list(code: &str) -> Option<&'static List> {
    LISTS.get(code)
}

fn read(source: &str) -> List {
    let mut words = List::new();
    let mut strength = Strength::Strong;
    for line in source.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        match (line, line.split_once(':')) {
            ("", _) => {}
            ("[strong]", _) => strength = Strength::Strong,
            ("[mild]", _) => strength = Strength::Mild,
            (_, Some((stem, endings))) => {
                let form = |ending| {
                    folded(&format!(
                        "{stem}{}",
                        if ending == "-" { "" } else { ending }
                    ))
                };
                words.extend(
                    endings
                        .split_whitespace()
                        .map(form)
                        .map(|word| (word, strength)),
                );
            }
            (word, None) => {
                words.insert(folded(word), strength);
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_take_endings() {
        let words = read("# comment\nab: - c ed # more\n[mild]\nx\n\n");
        let expected = [
            ("ab", Strength::Strong),
            ("abc", Strength::Strong),
            ("abed", Strength::Strong),
            ("x", Strength::Mild),
        ];
        assert_eq!(
            words,
            expected
                .map(|(word, strength)| (word.to_owned(), strength))
                .into()
        );
    }

    #[test]
    fn no_word_is_listed_twice() {
        for (code, source) in SOURCES {
            let lines = source.lines().filter(|line| !line.starts_with(['#', '[']));
            let words: usize = lines.map(|line| read(line).len()).sum();
            assert_eq!(list(code).unwrap().len(), words, "{code}");
        }
    }

    #[test]
    fn every_list_holds_words_without_marks() {
        for (code, _) in SOURCES {
            let words = list(code).unwrap();
            assert!(words.len() > 50, "{code} has {}", words.len());
            for word in words.keys() {
                assert!(word.chars().all(char::is_alphabetic), "{code}: {word}");
                assert!(word.chars().count() > 1, "{code}: {word}");
            }
        }
    }
}
