//! A small vocabulary: all bytes, then some joined ones.

use proptest::prelude::*;

use super::*;

const VOCABULARY: usize = 51_865;
const JOINED: [&str; 9] = ["th", "he", " t", " the", "in", "", "((", " -", "♪"];

fn tokenizer() -> Tokenizer {
    let bytes = (0..=u8::MAX).map(|byte| vec![byte]);
    let joined = JOINED.iter().map(|word| word.as_bytes().to_vec());
    let words: Vec<Vec<u8>> = bytes.chain(joined).collect();
    Tokenizer::new(&words, VOCABULARY).unwrap()
}

fn decode(tokenizer: &Tokenizer, tokens: &[u32]) -> Vec<u8> {
    tokens
        .iter()
        .flat_map(|id| tokenizer.bytes(*id))
        .copied()
        .collect()
}

#[test]
fn the_lowest_id_is_joined_first() {
    let tokenizer = tokenizer();
    // In a word of its own " the" is one token, elsewhere "th" goes before "he".
    assert_eq!(tokenizer.encode(" the"), [259]);
    assert_eq!(tokenizer.encode("thein"), [256, u32::from(b'e'), 260]);
    assert!(tokenizer.encode("").is_empty());
}

#[test]
fn special_tokens_have_no_bytes() {
    let tokenizer = tokenizer();
    assert_eq!(tokenizer.bytes(259), b" the");
    for id in [261, 265, tokenizer.special().end_of_text, u32::MAX] {
        assert_eq!(tokenizer.bytes(id), b"");
    }
    let words = vec![b"x"; VOCABULARY];
    assert_eq!(
        Tokenizer::new(&words, VOCABULARY).unwrap_err(),
        Error::Byte { byte: 0 }
    );
    assert_eq!(
        Tokenizer::new(&words, 7).unwrap_err(),
        Error::Size { size: 7 }
    );
}

#[test]
fn long_words_do_not_take_long() {
    let tokenizer = tokenizer();
    let text = "the".repeat(100_000);
    let started = std::time::Instant::now();
    assert_eq!(
        decode(&tokenizer, &tokenizer.encode(&text)),
        text.as_bytes()
    );
    // Quadratic time would be minutes; the bound leaves room for slow and busy machines.
    assert!(started.elapsed().as_secs() < 10);
}

proptest! {
    #[test]
    fn decoding_gives_the_text_back(text in "[ theins'(-]{0,40}|\\PC{0,30}") {
        let tokenizer = tokenizer();
        prop_assert_eq!(decode(&tokenizer, &tokenizer.encode(&text)), text.as_bytes());
    }
}
