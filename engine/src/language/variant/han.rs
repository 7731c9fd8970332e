//! Chinese: characters tell how it is written, wording tells where.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::OnceLock,
};

use super::family::{Finding, Strength};

const SIMPLIFIED: u8 = 0b001;
const TAIWAN: u8 = 0b010;
const HONG_KONG: u8 = 0b100;
/// Both places that write traditional characters.
pub const TRADITIONAL: u8 = TAIWAN | HONG_KONG;

/// Different characters of each kind that count; the hundredth says no more than the tenth.
const CHARACTERS: usize = 8;

/// Characters of a text that are looked at.
const LONGEST: usize = 20_000;

struct Tables {
    characters: HashMap<char, u8>,
    /// By their first characters, longest first.
    wording: HashMap<char, Vec<(&'static str, u8)>>,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut tables = Tables {
            characters: HashMap::new(),
            wording: HashMap::new(),
        };
        for (members, words) in lines(include_str!("words/han.txt")) {
            let each = words.chars().filter(|one| !one.is_whitespace());
            tables.characters.extend(each.map(|one| (one, members)));
        }
        for (members, words) in lines(include_str!("words/zh.txt")) {
            for word in words.split_whitespace() {
                let Some(first) = word.chars().next() else {
                    continue;
                };
                let words = tables.wording.entry(first).or_default();
                match words.iter_mut().find(|(known, _)| *known == word) {
                    Some((_, all)) => *all |= members,
                    None => words.push((word, members)),
                }
            }
        }
        for words in tables.wording.values_mut() {
            words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        }
        tables
    })
}

fn lines(file: &'static str) -> impl Iterator<Item = (u8, &'static str)> {
    file.lines().filter_map(|line| {
        let (head, words) = line.split_once(": ")?;
        let members = match head {
            "zh-Hans" | "zh-CN" => SIMPLIFIED,
            "zh-Hant" => TRADITIONAL,
            "zh-TW" => TAIWAN,
            "zh-HK" => HONG_KONG,
            _ => return None,
        };
        Some((members, words))
    })
}

/// Evidence in the text's order.
pub fn findings(text: &str, most: usize) -> Vec<Finding> {
    let tables = tables();
    let mut seen = HashSet::new();
    let mut counts = HashMap::<u8, usize>::new();
    let mut found = Vec::new();
    let mut behind = 0;
    for (at, character) in text.char_indices().take(LONGEST) {
        if found.len() >= most {
            break;
        }
        if at < behind {
            continue;
        }
        if let Some((word, members)) = wording(tables, character, &text[at..]) {
            behind = at + word.len();
            if seen.insert(word) {
                found.push(finding(at..behind, members, Strength::Strong));
            }
            continue;
        }
        let Some(members) = tables.characters.get(&character) else {
            continue;
        };
        let range = at..at + character.len_utf8();
        let count = counts.entry(*members).or_default();
        if *count < CHARACTERS && seen.insert(&text[range.clone()]) {
            *count += 1;
            found.push(finding(range, *members, Strength::Strong));
        }
    }
    found
}

fn wording(tables: &Tables, first: char, rest: &str) -> Option<(&'static str, u8)> {
    let words = tables.wording.get(&first)?;
    words
        .iter()
        .copied()
        .find(|(word, _)| rest.starts_with(word))
}

fn finding(range: Range<usize>, members: u8, strength: Strength) -> Finding {
    Finding {
        range,
        members,
        strength,
    }
}
