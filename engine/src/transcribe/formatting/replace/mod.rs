//! Words and phrases that the user wants written in another way.
//!
//! The phrases form a trie over folded words, as in the algorithm of Aho and Corasick (1975) without
//! failure links: phrases are short, so that a text is read in time linear in its length.

mod error;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use self::error::{MOST_BYTES, MOST_REPLACEMENTS, MOST_WORDS, ReplacementError};
use super::{
    token::Token,
    word::{capitalised, folded, parts},
};

/// What is looked for, and what is put in its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replacements {
    /// Nodes of the trie; the first is the root. None at all when there are no replacements.
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    next: HashMap<String, usize>,
    replacement: Option<String>,
}

impl Replacements {
    /// Pairs of what is looked for and what is put in its place, which may be empty: then what was
    /// found is left out. Of two pairs that look for the same, the later one counts.
    ///
    /// # Errors
    /// [`ReplacementError`] for too many, too long or empty phrases.
    pub fn new<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, ReplacementError> {
        let mut replacements = Self::default();
        for (at, (find, replacement)) in pairs.into_iter().enumerate() {
            if at >= MOST_REPLACEMENTS {
                return Err(ReplacementError::TooMany);
            }
            if find.len() > MOST_BYTES || replacement.len() > MOST_BYTES {
                return Err(ReplacementError::TooLong(at));
            }
            let words: Vec<String> = find.split_whitespace().map(key).collect();
            if !find.contains(char::is_alphanumeric) {
                return Err(ReplacementError::Empty(at));
            }
            if words.len() > MOST_WORDS {
                return Err(ReplacementError::TooLong(at));
            }
            replacements.insert(words, replacement.trim());
        }
        Ok(replacements)
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn insert(&mut self, words: Vec<String>, replacement: &str) {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut node = 0;
        for word in words {
            let fresh = self.nodes.len();
            node = *self.nodes[node].next.entry(word).or_insert(fresh);
            if node == fresh {
                self.nodes.push(Node::default());
            }
        }
        self.nodes[node].replacement = Some(replacement.to_owned());
    }

    /// Puts replacements in the place of what is found: whole words, whatever their case, the
    /// longest phrase first. Marks before the first word and after the last stay; a phrase is not
    /// found where other marks stand between its words. A replacement in lower case begins with a
    /// capital where what was found does, unless that has more capitals.
    pub fn apply(&self, words: &[&str]) -> Vec<Token> {
        let keys: Vec<String> = if self.is_empty() {
            Vec::new()
        } else {
            words.iter().map(|word| key(word)).collect()
        };
        let mut tokens = Vec::with_capacity(words.len());
        let mut at = 0;
        while at < words.len() {
            let (text, end) = match self.longest(words, &keys, at) {
                Some((replacement, end)) => (written(&words[at..end], replacement), end),
                None => (words[at].to_owned(), at + 1),
            };
            if !text.is_empty() {
                tokens.push(Token {
                    text,
                    first: at,
                    last: end - 1,
                });
            }
            at = end;
        }
        tokens
    }

    /// The replacement of the longest phrase that begins at a word, and where that phrase ends.
    fn longest(&self, words: &[&str], keys: &[String], start: usize) -> Option<(&str, usize)> {
        let mut node = self.nodes.first()?;
        let mut found = None;
        for at in start..words.len() {
            let parted = at > start
                && !(parts(words[at - 1]).closing.is_empty()
                    && parts(words[at]).opening.is_empty());
            let Some(next) = node.next.get(&keys[at]).filter(|_| !parted) else {
                break;
            };
            node = &self.nodes[*next];
            if let Some(replacement) = &node.replacement {
                found = Some((replacement.as_str(), at + 1));
            }
        }
        found
    }
}

/// The form in which a word is looked up. A word without letters and digits, such as `&`, is
/// looked up as it is.
fn key(word: &str) -> String {
    let core = parts(word).core;
    folded(if core.is_empty() { word } else { core })
}

/// The replacement with the marks around what it replaces.
fn written(found: &[&str], replacement: &str) -> String {
    let (Some(first), Some(last)) = (found.first(), found.last()) else {
        return String::new();
    };
    if replacement.is_empty() {
        return String::new();
    }
    let (first, last) = (parts(first), parts(last));
    let begins = first.core.starts_with(char::is_uppercase)
        && found
            .iter()
            .all(|word| !parts(word).core.chars().skip(1).any(char::is_uppercase))
        && !replacement.contains(char::is_uppercase);
    let text = if begins {
        capitalised(replacement)
    } else {
        replacement.to_owned()
    };
    let opening = if first.core.is_empty() {
        ""
    } else {
        first.opening
    };
    format!("{opening}{text}{}", last.closing)
}
