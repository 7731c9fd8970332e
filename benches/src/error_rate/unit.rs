//! Words where a script puts spaces between them, characters where it does not.

use locutor::text::is_unspaced;
use serde::Serialize;

use super::distance::distance;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Between spaces.
    Words,
    /// Unicode scalar values, spaces left out: where no spaces are written, nothing says whether
    /// a space that a model writes is right.
    Characters,
}

impl Unit {
    /// The unit of a text, from the script that most of its letters are of.
    pub fn of(text: &str) -> Self {
        let letters = text.chars().filter(|character| character.is_alphabetic());
        let (unspaced, spaced): (Vec<char>, Vec<char>) = letters.partition(|c| is_unspaced(*c));
        if unspaced.len() > spaced.len() {
            Self::Characters
        } else {
            Self::Words
        }
    }

    /// How it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Characters => "characters",
        }
    }

    /// Units of what was said, and errors of what was heard; both texts are plain already.
    pub fn compare(self, said: &str, heard: &str) -> (usize, usize) {
        match self {
            Self::Words => {
                let said: Vec<&str> = said.split_whitespace().collect();
                let heard: Vec<&str> = heard.split_whitespace().collect();
                (said.len(), distance(&said, &heard))
            }
            Self::Characters => {
                let (said, heard) = (characters(said), characters(heard));
                (said.len(), distance(&said, &heard))
            }
        }
    }
}

fn characters(text: &str) -> Vec<char> {
    text.chars()
        .filter(|character| !character.is_whitespace())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_decides() {
        for text in ["今日は", "天地玄黄", "สวัสดี", "東京 is いい 町です"]
        {
            assert_eq!(Unit::of(text), Unit::Characters, "{text}");
        }
        for text in ["good day", "नमस्ते दुनिया", "안녕 세계", "10", "the word 町"]
        {
            assert_eq!(Unit::of(text), Unit::Words, "{text}");
        }
    }

    #[test]
    fn spaces_part_words_and_are_no_characters() {
        assert_eq!(Unit::Words.compare("ask not", "ask knot"), (2, 1));
        assert_eq!(Unit::Characters.compare("天地玄", "天 地黄"), (3, 1));
        assert_eq!(Unit::Words.compare("", "one"), (0, 1));
    }
}
