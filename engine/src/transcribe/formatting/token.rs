//! Words after formatting, and which words of the input they stand for.

/// A word, or several that belong together, as it is to be written.
///
/// Tokens come in the order of the input and never overlap: each begins after the one before it
/// ends. Input words that no token covers were left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What is written, with its punctuation. Never empty; it contains spaces where one input word
    /// became several, as `105` becomes `one hundred five`.
    pub text: String,
    /// Position of the first input word that it stands for, from 0.
    pub first: usize,
    /// Position of the last input word that it stands for, at least `first`.
    pub last: usize,
}

impl Token {
    /// One input word, possibly written differently.
    pub(super) fn single(text: impl Into<String>, at: usize) -> Self {
        Self {
            text: text.into(),
            first: at,
            last: at,
        }
    }
}

/// Every word as it is. Empty words are left out.
pub(super) fn unchanged(words: &[&str]) -> Vec<Token> {
    each(words, |word| Some(word.to_owned()))
}

/// Writes every word on its own anew. Words without a new text, or with an empty one, are left out.
pub(super) fn each(words: &[&str], write: impl Fn(&str) -> Option<String>) -> Vec<Token> {
    words
        .iter()
        .enumerate()
        .filter_map(|(at, word)| Some(Token::single(write(word)?, at)))
        .filter(|token| !token.text.is_empty())
        .collect()
}

/// Applies a further step to what earlier steps wrote. The result refers to the words that the
/// earlier steps were given.
pub(super) fn then(tokens: &[Token], step: impl FnOnce(&[&str]) -> Vec<Token>) -> Vec<Token> {
    let texts: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
    let mut written = step(&texts);
    for token in &mut written {
        token.first = tokens[token.first].first;
        token.last = tokens[token.last].last;
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_refer_to_the_first_input() {
        let words = ["um", "twenty", "three"];
        let tokens = vec![Token::single(words[1], 1), Token::single(words[2], 2)];
        let written = then(&tokens, |texts| {
            vec![Token {
                text: texts.concat(),
                first: 0,
                last: 1,
            }]
        });
        assert_eq!(
            written,
            [Token {
                text: "twentythree".into(),
                first: 1,
                last: 2
            }]
        );
    }

    #[test]
    fn empty_words_are_left_out() {
        assert_eq!(unchanged(&["", "a"]), [Token::single("a", 1)]);
    }
}
