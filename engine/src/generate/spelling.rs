//! The bytes that a token of a byte-level vocabulary stands for.
//!
//! Such a vocabulary writes each byte as one printable character (`bytes_to_unicode` of GPT-2,
//! Radford et al. 2019): bytes that are printable as they are, the other 68 as the characters
//! from U+0100 on.

/// The bytes of a token by its name in the vocabulary; a name in other characters is plain text.
pub(super) fn bytes(name: &str) -> Vec<u8> {
    let bytes: Option<Vec<u8>> = name.chars().map(byte).collect();
    bytes.unwrap_or_else(|| name.as_bytes().to_vec())
}

fn byte(character: char) -> Option<u8> {
    let code = u32::from(character);
    let byte = match code {
        0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff => code,
        // Control characters and the space,
        0x100..=0x120 => code - 0x100,
        // then those from "delete" to the no-break space,
        0x121..=0x142 => code - 0x121 + 0x7f,
        // and the soft hyphen.
        0x143 => 0xad,
        _ => return None,
    };
    u8::try_from(byte).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tokenizers::{Decoder, pre_tokenizers::byte_level::ByteLevel};

    use super::*;

    #[test]
    fn every_byte_has_its_character() {
        let alphabet = ByteLevel::alphabet();
        let all: BTreeSet<u8> = alphabet.iter().filter_map(|c| byte(*c)).collect();
        assert_eq!((alphabet.len(), all.len()), (256, 256));
        for character in alphabet.into_iter().filter(|c| byte(*c) < Some(0x80)) {
            let name = character.to_string();
            let text = ByteLevel::default().decode_chain(vec![name.clone()]);
            assert_eq!(text.unwrap().concat().into_bytes(), bytes(&name));
        }
    }

    #[test]
    fn names_are_spelled_out() {
        assert_eq!(bytes("ĠParis"), b" Paris");
        assert_eq!(bytes("Ã©"), "é".as_bytes());
        assert_eq!(bytes("Ã"), [0xc3]);
        assert_eq!(bytes("<|im_end|>"), b"<|im_end|>");
        assert_eq!(bytes("日本"), "日本".as_bytes());
    }
}
