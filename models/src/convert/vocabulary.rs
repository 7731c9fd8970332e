//! The tokens' bytes, from the `vocabulary.txt` of a `CTranslate2` Whisper.
//!
//! One token a line, in the printable alphabet of GPT-2's byte-level tokens: bytes that print
//! stand for themselves, the other 68 for the characters from U+0100 on (Radford et al.,
//! 2019). Special tokens begin with `<|endoftext|>`; whisper.cpp names those itself.

use std::collections::HashMap;

/// More than any Whisper has; a file with more is not one of theirs.
const MOST_TOKENS: usize = 200_000;

/// The bytes of every token before the special ones.
pub(super) fn tokens(text: &str) -> Result<Vec<Vec<u8>>, String> {
    let table = table();
    let mut tokens = Vec::new();
    for line in text.split('\n') {
        if line == "<|endoftext|>" {
            return Ok(tokens);
        }
        if tokens.len() == MOST_TOKENS {
            break;
        }
        let bytes: Option<Vec<u8>> = line
            .chars()
            .map(|symbol| table.get(&symbol).copied())
            .collect();
        tokens.push(bytes.ok_or_else(|| {
            format!(
                "token {} is not made of GPT-2's byte characters",
                tokens.len()
            )
        })?);
    }
    Err("it has no <|endoftext|>".to_owned())
}

fn table() -> HashMap<char, u8> {
    let mut next = 0x100;
    (0..=255_u8)
        .map(|byte| {
            if matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff) {
                (char::from(byte), byte)
            } else {
                next += 1;
                // U+0100 to U+0143 are all characters.
                (char::from_u32(next - 1).unwrap_or_default(), byte)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bytes_return_from_the_printable_alphabet() {
        let read = tokens("!\nĠthe\nåľº\n\nĊ\n<|endoftext|>\n<|en|>\n").unwrap();
        let expected: [&[u8]; 5] = [b"!", b" the", "场".as_bytes(), b"", b"\n"];
        assert_eq!(read, expected);
    }

    #[test]
    fn the_alphabet_has_one_character_for_each_byte() {
        let table = table();
        assert_eq!(table.len(), 256);
        assert_eq!(table[&'Ġ'], b' ');
        assert_eq!(table[&'\u{143}'], 0xad);
    }

    #[test]
    fn other_files_are_refused() {
        assert!(tokens("!\n\"").unwrap_err().contains("endoftext"));
        assert!(
            tokens("a\n\u{7}\n<|endoftext|>")
                .unwrap_err()
                .contains("token 1")
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,100}") {
            let _ = tokens(&text);
        }
    }
}
