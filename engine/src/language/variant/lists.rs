//! Lists of words: `en-GB en-AU: colour colours`, a line for those who say them.
//!
//! `~` before a line: others say them too, only less. `_` stands between the words of a phrase, `*` at the end
//! of a stem. Lines with `#` are comments.

use std::collections::HashMap;

use super::family::Strength;

type Entry = (u8, Strength);

/// Words of one family.
#[derive(Debug, Default)]
pub struct Lists {
    whole: HashMap<String, Entry>,
    stems: HashMap<&'static str, Entry>,
    /// In characters; 0 without any stem.
    shortest_stem: usize,
    longest_stem: usize,
}

impl Lists {
    /// Reads the files; `member` gives a variety's number.
    pub fn read(files: &[&'static str], member: impl Fn(&str) -> Option<usize>) -> Self {
        let mut lists = Self::default();
        let lines = files.iter().flat_map(|file| file.lines());
        for line in lines.filter(|line| !line.starts_with('#')) {
            let Some((head, words)) = line.split_once(':') else {
                continue;
            };
            let (head, strength) = match head.strip_prefix('~') {
                Some(head) => (head, Strength::Weak),
                None => (head, Strength::Strong),
            };
            let named = head.split_whitespace();
            let members = named.filter_map(&member).fold(0, |all, one| all | 1 << one);
            for word in words.split_whitespace() {
                lists.add(word, (members, strength));
            }
        }
        let lengths = || lists.stems.keys().map(|stem| stem.chars().count());
        let (shortest, longest) = (lengths().min(), lengths().max());
        lists.shortest_stem = shortest.unwrap_or(0);
        lists.longest_stem = longest.unwrap_or(0);
        lists
    }

    fn add(&mut self, word: &'static str, (members, strength): Entry) {
        let entry = match word.strip_suffix('*') {
            Some(stem) => self.stems.entry(stem).or_insert((0, strength)),
            None => self
                .whole
                .entry(word.replace('_', " "))
                .or_insert((0, strength)),
        };
        entry.0 |= members;
        // Who says it in one line and hardly in another hardly tells.
        if strength == Strength::Weak {
            entry.1 = strength;
        }
    }

    /// Whom a phrase speaks for; of a single word also its stem counts, and what follows an apostrophe.
    pub fn find(&self, words: &[&str]) -> Option<Entry> {
        let [word] = words else {
            return self.whole.get(&words.join(" ")).copied();
        };
        let elided = || {
            word.split_once('\'').and_then(|(before, after)| {
                // `l'ordinateur`, and `theatre's`.
                let rest = if after == "s" { before } else { after };
                self.find_word(rest)
            })
        };
        self.find_word(word).or_else(elided)
    }

    /// All words and stems.
    #[cfg(test)]
    pub fn words(&self) -> Vec<String> {
        let stems = self.stems.keys().map(|stem| (*stem).to_owned());
        self.whole.keys().cloned().chain(stems).collect()
    }

    fn find_word(&self, word: &str) -> Option<Entry> {
        if let Some(entry) = self.whole.get(word) {
            return Some(*entry);
        }
        if self.stems.is_empty() {
            return None;
        }
        let ends = word.char_indices().map(|(at, _)| at).chain([word.len()]);
        let lengths = self.longest_stem + 1 - self.shortest_stem;
        let ends: Vec<usize> = ends.skip(self.shortest_stem).take(lengths).collect();
        ends.into_iter()
            .rev()
            .find_map(|end| self.stems.get(&word[..end]).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# Of a test.\na: tram big_tram\n~ a b: bus\nb: light* bus\n";

    fn lists() -> Lists {
        Lists::read(&[FILE], |name| {
            ["a", "b"].iter().position(|one| *one == name)
        })
    }

    #[test]
    fn words_phrases_and_stems_are_found() {
        let lists = lists();
        assert_eq!(lists.find(&["tram"]), Some((1, Strength::Strong)));
        assert_eq!(lists.find(&["big", "tram"]), Some((1, Strength::Strong)));
        assert_eq!(lists.find(&["bus"]), Some((3, Strength::Weak)));
        assert_eq!(lists.find(&["l'tram"]), Some((1, Strength::Strong)));
        for word in ["light", "lighter", "lightéé"] {
            assert_eq!(lists.find(&[word]), Some((2, Strength::Strong)), "{word}");
        }
        for word in ["ligh", "trams", "#", ""] {
            assert_eq!(lists.find(&[word]), None, "{word}");
        }
    }
}
