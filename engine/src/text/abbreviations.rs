//! Abbreviations whose full stop need not end the sentence, in the languages that put a capital
//! after one: English, Portuguese, Spanish, French, Italian and German.

/// What the word after the full stop tells about the boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follower {
    /// Whatever follows, the sentence goes on: `Dr.`
    Anything,
    /// Goes on only before a number: `No. 5`.
    Number,
    /// Goes on unless a typical first word follows: `Acme Inc.`
    Name,
    /// Not an abbreviation.
    NewSentence,
}

/// Titles and words that always have a complement. Sorted.
const ALWAYS: &[&str] = &[
    "adm", "al", "approx", "art", "av", "bzw", "ca", "capt", "cf", "cmdr", "col", "cpl", "d.h",
    "dr", "dra", "drs", "e.g", "eds", "eng", "eq", "eqs", "exa", "fig", "figs", "fr", "gen", "gov",
    "herr", "hon", "i.e", "lt", "m", "maj", "messrs", "mgr", "mlle", "mme", "mr", "mrs", "ms",
    "mt", "nr", "p.ex", "phd", "pres", "prof", "profa", "ref", "refs", "rep", "rev", "sec", "sen",
    "sgt", "sig", "sr", "sra", "srta", "sta", "ste", "str", "supt", "tab", "u.a", "ud", "uds",
    "usw", "v.exa", "viz", "vs", "z.b",
];

/// Words that are abbreviations only before a number. Sorted.
const BEFORE_NUMBERS: &[&str] = &[
    "abs", "apr", "aug", "ch", "dec", "feb", "jan", "jul", "jun", "mar", "no", "nos", "nov", "oct",
    "p", "par", "pp", "sep", "sept", "vol", "vols",
];

/// Abbreviations that stand at the end of a sentence as well as within. Sorted.
const SOMETIMES: &[&str] = &[
    "a.m", "b.c", "bros", "co", "corp", "d.c", "esq", "etc", "inc", "jr", "ltd", "p.m", "ph.d",
    "st", "u.k", "u.n", "u.s", "u.s.a",
];

/// What may follow `word` and its full stop within the same sentence.
pub(super) fn follower_of(word: &str) -> Follower {
    let lower = word.to_lowercase();
    let has = |list: &[&str]| list.binary_search(&lower.as_str()).is_ok();
    if has(ALWAYS) {
        Follower::Anything
    } else if has(BEFORE_NUMBERS) {
        Follower::Number
    } else if has(SOMETIMES) || is_initials(word) {
        Follower::Name
    } else {
        Follower::NewSentence
    }
}

/// `J`, `J.R` and the like: single capitals between full stops, but not the pronoun `I`.
fn is_initials(word: &str) -> bool {
    word != "I"
        && word.split('.').all(|part| {
            let mut letters = part.chars();
            letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_for_the_binary_search() {
        for list in [ALWAYS, BEFORE_NUMBERS, SOMETIMES] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn kinds() {
        assert_eq!(follower_of("Dr"), Follower::Anything);
        assert_eq!(follower_of("No"), Follower::Number);
        assert_eq!(follower_of("U.S"), Follower::Name);
        assert_eq!(follower_of("J.R"), Follower::Name);
        assert_eq!(follower_of("I"), Follower::NewSentence);
        assert_eq!(follower_of("house"), Follower::NewSentence);
    }
}
