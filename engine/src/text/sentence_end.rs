//! Whether what has been said so far is a whole sentence.
//!
//! Here nothing is known of what follows, as when a word is all that has been heard of a stream. Where a whole text is
//! at hand, [`sentences`](super::sentences()) also looks at what comes after the mark, and at abbreviations.

/// Marks that end a sentence, in the scripts that have any. A single ellipsis is none: speakers pause there.
const ENDS: [char; 8] = ['.', '?', '!', '。', '？', '！', '؟', '।'];

/// Quotation marks and brackets that may stand after them.
const CLOSING: &str = "\"'”“’‘«»‹›)]}」』）】〉》";

/// Whether a word, or the marks after it, end a sentence: `yes.` and `?"` do, `well...` does not.
pub(crate) fn ends_sentence(word: &str) -> bool {
    let word = word.trim_end_matches(|letter| CLOSING.contains(letter));
    word.ends_with(ENDS) && !word.ends_with("...")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_end_a_sentence_within_quotes_too() {
        for end in [
            "yes.",
            "No?!",
            "“Stop!”",
            "„Ja.“",
            "(so.)",
            ".\"",
            "元気？",
            "क्या।",
            "هل؟",
        ] {
            assert!(ends_sentence(end), "{end}");
        }
    }

    #[test]
    fn an_ellipsis_and_other_marks_end_none() {
        for none in [
            "well...",
            "well…",
            "\"well...\"",
            "so,",
            "etc.,",
            "word",
            "\"",
            "",
        ] {
            assert!(!ends_sentence(none), "{none}");
        }
    }
}
