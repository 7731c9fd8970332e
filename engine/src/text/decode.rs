//! Bytes of a text file to text.

use crate::{Error, Result};

/// Decodes UTF-8, or UTF-16 that starts with a byte order mark; the mark itself is dropped, so
/// offsets into the result count from the first character.
///
/// # Errors
/// [`Error::InvalidInput`] for `text` that names the first byte that cannot be read.
pub fn decode(bytes: &[u8]) -> Result<String> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => decode_utf8(rest, 3),
        [0xFF, 0xFE, rest @ ..] => decode_utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => decode_utf16(rest, u16::from_be_bytes),
        _ => decode_utf8(bytes, 0),
    }
}

fn decode_utf8(bytes: &[u8], shift: usize) -> Result<String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let at = error.valid_up_to();
            let line = bytes[..at].split(|&byte| byte == b'\n').count();
            let problem = match (error.error_len(), bytes.get(at)) {
                (Some(_), Some(byte)) => format!("0x{byte:02X} is not valid UTF-8"),
                _ => "the file ends in the middle of a UTF-8 character".to_owned(),
            };
            Err(refuse(at + shift, line, &problem))
        }
    }
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut at = 2;
    for decoded in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        let Ok(character) = decoded else {
            let line = 1 + text.matches('\n').count();
            return Err(refuse(at, line, "an unpaired UTF-16 surrogate"));
        };
        text.push(character);
        at += 2 * character.len_utf16();
    }
    if rest.is_empty() {
        Ok(text)
    } else {
        let line = 1 + text.matches('\n').count();
        Err(refuse(at, line, "half a UTF-16 unit at the end"))
    }
}

fn refuse(byte: usize, line: usize, problem: &str) -> Error {
    let message = format!("byte {byte} (line {line}): {problem}; save the file as UTF-8");
    Error::invalid("text", message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_are_dropped() {
        assert_eq!(decode(b"\xEF\xBB\xBFol\xC3\xA1").unwrap(), "olá");
        assert_eq!(decode(b"\xFF\xFEo\0l\0\xE1\0").unwrap(), "olá");
        assert_eq!(decode(b"\xFE\xFF\0o\0l\0\xE1").unwrap(), "olá");
        assert_eq!(decode(b"").unwrap(), "");
    }

    #[test]
    fn the_error_says_where() {
        let message = |bytes: &[u8]| decode(bytes).unwrap_err().to_string();
        assert!(message(b"one\ntwo \xFFx").contains("byte 8 (line 2): 0xFF"));
        assert!(message(b"\xEF\xBB\xBFab\xC3").contains("byte 5 (line 1): the file ends"));
        assert!(message(b"\xFF\xFEa\0\x00\xD8b\0").contains("byte 4 (line 1): an unpaired"));
        assert!(message(b"\xFF\xFEa\0b").contains("byte 4 (line 1): half"));
    }

    proptest! {
        #[test]
        fn text_survives_in_every_encoding(text in "\\PC{0,40}") {
            prop_assume!(!text.starts_with('\u{FEFF}'));
            prop_assert_eq!(&decode(text.as_bytes()).unwrap(), &text);
            let wide = |order: fn(u16) -> [u8; 2], mark: [u8; 2]| {
                let units = text.encode_utf16().flat_map(order);
                mark.into_iter().chain(units).collect::<Vec<u8>>()
            };
            prop_assert_eq!(&decode(&wide(u16::to_le_bytes, [0xFF, 0xFE])).unwrap(), &text);
            prop_assert_eq!(&decode(&wide(u16::to_be_bytes, [0xFE, 0xFF])).unwrap(), &text);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = decode(&bytes);
        }
    }
}
