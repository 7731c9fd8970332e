//! Tokens -> words.

use crate::{text::is_unspaced, transcribe::Word};

/// A token of the text.
pub(in crate::transcribe) struct Piece {
    /// What it stands for; not always whole characters.
    pub(in crate::transcribe) bytes: Vec<u8>,
    /// In `[0, 1]`.
    pub(in crate::transcribe) probability: f32,
    /// Seconds.
    pub(in crate::transcribe) start: f64,
    /// Seconds.
    pub(in crate::transcribe) end: f64,
}

/// Groups tokens into words: a new one begins at a leading space, or at a character of a script that is written
/// without spaces. Bytes of one character are never parted. Times only grow, within those of the segment.
pub(in crate::transcribe) fn words(pieces: &[Piece], start: f64, end: f64) -> Vec<Word> {
    let mut groups: Vec<(Vec<u8>, Vec<&Piece>)> = Vec::new();
    for piece in pieces {
        match groups.last_mut() {
            Some((bytes, pieces)) if !begins_word(bytes, &piece.bytes) => {
                bytes.extend(&piece.bytes);
                pieces.push(piece);
            }
            _ => groups.push((piece.bytes.clone(), vec![piece])),
        }
    }
    let mut previous = start;
    let mut words = Vec::new();
    for (bytes, pieces) in groups {
        let word = String::from_utf8_lossy(&bytes).trim().to_owned();
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else {
            continue;
        };
        if word.is_empty() {
            continue;
        }
        let from = first.start.min(end).max(previous);
        let to = last.end.min(end).max(from);
        let sum: f32 = pieces.iter().map(|piece| piece.probability).sum();
        words.push(Word {
            word,
            start: from,
            end: to,
            probability: (sum / pieces.len() as f32).clamp(0.0, 1.0),
        });
        previous = to;
    }
    words
}

fn begins_word(before: &[u8], next: &[u8]) -> bool {
    let Ok(before) = std::str::from_utf8(before) else {
        return false;
    };
    let Ok(next) = std::str::from_utf8(next) else {
        return spaceless(before);
    };
    next.starts_with(char::is_whitespace)
        || (spaceless(before) || spaceless(next)) && next.starts_with(char::is_alphanumeric)
}

/// Whether the text ends in a script without spaces.
fn spaceless(text: &str) -> bool {
    text.chars().last().is_some_and(is_unspaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_at_spaces_and_at_characters_of_spaceless_scripts() {
        assert!(begins_word(b" ask", b" not"));
        assert!(!begins_word(b" Amer", b"icans") && !begins_word(b" so", b","));
        assert!(begins_word("今".as_bytes(), "日".as_bytes()));
        assert!(!begins_word(&"今".as_bytes()[..1], &"今".as_bytes()[1..]));
    }

    #[test]
    fn times_grow_within_the_segment() {
        let piece = |bytes: &[u8], start, end| Piece {
            bytes: bytes.to_vec(),
            probability: 0.5,
            start,
            end,
        };
        let pieces = [
            piece(b" so", 0.0, 2.0),
            piece(b",", 2.0, 2.1),
            piece(b" ask", 1.0, 9.0),
        ];
        let found = words(&pieces, 1.0, 4.0);
        let times: Vec<(f64, f64)> = found.iter().map(|word| (word.start, word.end)).collect();
        assert_eq!(times, [(1.0, 2.1), (2.1, 4.0)]);
        assert_eq!(found[0].word, "so,");
    }
}
