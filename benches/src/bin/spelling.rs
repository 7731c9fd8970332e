//! Compiles the words that are spelled differently in American, British, Australian and Canadian English from
//! the Hunspell dictionaries of the catalog (`locutor models pull spelling-en spelling-en-gb spelling-en-au
//! spelling-en-ca`): those that some of the four know and others do not, and that have another spelling there.
//!
//! `spelling > engine/src/language/variant/words/en-spelling.txt`

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Write},
};

use anyhow::{Context, Result};
use locutor_models::Store;

const DICTIONARIES: [(&str, &str); 4] = [
    ("spelling-en", "en-US"),
    ("spelling-en-gb", "en-GB"),
    ("spelling-en-au", "en-AU"),
    ("spelling-en-ca", "en-CA"),
];

/// Shorter words are too often parts of names, or names of units.
const SHORTEST: usize = 4;

/// Longest line, in bytes.
const LINE: usize = 100;

/// One way to make a word of another: `SFX D y ied [^aeiou]y`.
struct Affix {
    is_prefix: bool,
    /// Whether words that it makes may take the other kind too.
    crosses: bool,
    strip: String,
    add: String,
    condition: Vec<Class>,
}

/// One character of a condition.
struct Class {
    characters: Vec<char>,
    excluded: bool,
}

impl Class {
    fn holds(&self, character: char) -> bool {
        self.characters.is_empty() || self.characters.contains(&character) != self.excluded
    }
}

fn condition(text: &str) -> Vec<Class> {
    let mut classes = Vec::new();
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        let inside: Vec<char> = match character {
            '.' => Vec::new(),
            '[' => rest.by_ref().take_while(|inner| *inner != ']').collect(),
            other => vec![other],
        };
        let excluded = inside.first() == Some(&'^');
        classes.push(Class {
            characters: inside.into_iter().skip(usize::from(excluded)).collect(),
            excluded,
        });
    }
    classes
}

impl Affix {
    fn apply(&self, word: &str) -> Option<String> {
        let characters: Vec<char> = word.chars().collect();
        let length = self.condition.len();
        if characters.len() < length {
            return None;
        }
        let part = if self.is_prefix {
            &characters[..length]
        } else {
            &characters[characters.len() - length..]
        };
        let fits = self
            .condition
            .iter()
            .zip(part)
            .all(|(class, one)| class.holds(*one));
        if !fits {
            return None;
        }
        if self.is_prefix {
            let rest = word.strip_prefix(&*self.strip)?;
            Some(format!("{}{rest}", self.add))
        } else {
            let rest = word.strip_suffix(&*self.strip)?;
            Some(format!("{rest}{}", self.add))
        }
    }
}

fn affixes(text: &str) -> BTreeMap<char, Vec<Affix>> {
    let mut found = BTreeMap::<char, Vec<Affix>>::new();
    let mut crosses = BTreeSet::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [kind @ ("PFX" | "SFX"), flag, rest @ ..] = &fields[..] else {
            continue;
        };
        let flag = flag.chars().next().unwrap_or_default();
        let empty = |text: &str| {
            if text == "0" {
                String::new()
            } else {
                text.to_owned()
            }
        };
        match rest {
            // The head of a group.
            ["Y", _] => {
                crosses.insert(flag);
            }
            [strip, add, fits, ..] => found.entry(flag).or_default().push(Affix {
                is_prefix: *kind == "PFX",
                crosses: crosses.contains(&flag),
                strip: empty(strip),
                add: empty(add),
                condition: condition(fits),
            }),
            _ => {}
        }
    }
    found
}

/// All words of a dictionary.
fn words(id: &str) -> Result<BTreeSet<String>> {
    let folder = Store::default_folder().join(id);
    let missing = || format!("`locutor models pull {id}` first");
    let affixes = affixes(&fs::read_to_string(folder.join("index.aff")).with_context(missing)?);
    let mut words = BTreeSet::new();
    let entries = fs::read_to_string(folder.join("index.dic"))?;
    for entry in entries.lines().skip(1) {
        let entry = entry.split_whitespace().next().unwrap_or_default();
        let (stem, flags) = entry.split_once('/').unwrap_or((entry, ""));
        words.insert(stem.to_owned());
        let possible: Vec<&Affix> = flags
            .chars()
            .filter_map(|flag| affixes.get(&flag))
            .flatten()
            .collect();
        for affix in &possible {
            let Some(made) = affix.apply(stem) else {
                continue;
            };
            let other_kind = |other: &&&Affix| {
                affix.crosses && other.crosses && other.is_prefix && !affix.is_prefix
            };
            words.extend(
                possible
                    .iter()
                    .filter(other_kind)
                    .filter_map(|other| other.apply(&made)),
            );
            words.insert(made);
        }
    }
    Ok(words)
}

/// The same for spellings of one word. Words without another spelling are not spelled differently: one of the
/// dictionaries lacks them.
fn key(word: &str) -> String {
    const SAME: [(&str, &str); 15] = [
        ("our", "or"),
        ("ise", "ize"),
        ("isa", "iza"),
        ("isi", "izi"),
        ("yse", "yze"),
        ("ysi", "yzi"),
        ("tre", "ter"),
        ("ogue", "og"),
        ("ae", "e"),
        ("oe", "e"),
        ("ence", "ense"),
        ("ough", "ow"),
        ("grey", "gray"),
        ("amme", "am"),
        ("ll", "l"),
    ];
    let mut key = word.to_owned();
    for (one, other) in SAME {
        key = key.replace(one, other);
    }
    // `judgement`, `likeable`, `worshipped`, `licence`.
    key.retain(|letter| letter != 'e');
    key.replace("pp", "p")
        .replace("ss", "s")
        .replace('c', "s")
        .replace("tt", "t")
        .replace('y', "i")
}

fn main() -> Result<()> {
    let mut known = BTreeMap::<String, Vec<&str>>::new();
    for (id, variant) in DICTIONARIES {
        for word in words(id)? {
            let plain = word.chars().all(|one| one.is_ascii_lowercase());
            if plain && word.len() >= SHORTEST {
                known.entry(word).or_default().push(variant);
            }
        }
    }
    let mut spellings = BTreeMap::<String, Vec<&str>>::new();
    for word in known.keys() {
        spellings.entry(key(word)).or_default().push(word);
    }
    let spellings = spellings.values().filter(|words| words.len() > 1).flatten();
    let mut groups = BTreeMap::<(&str, Vec<&str>), Vec<&str>>::new();
    for word in spellings.filter(|word| known[**word].len() < DICTIONARIES.len()) {
        let mut variants = known[*word].clone();
        // South African spelling is the British one; there is no such dictionary of the same source.
        if variants.contains(&"en-GB") && variants.contains(&"en-AU") {
            variants.push("en-ZA");
        }
        // Oxford, too, writes `-ize`.
        let mark = if word.contains("iz") && variants == ["en-US", "en-CA"] {
            "~ "
        } else {
            ""
        };
        groups.entry((mark, variants)).or_default().push(word);
    }
    for words in groups.values_mut() {
        words.sort_unstable();
    }
    let mut output = io::stdout().lock();
    for ((mark, variants), words) in groups {
        let head = format!("{mark}{}:", variants.join(" "));
        let mut line = head.clone();
        for word in words {
            if line.len() + word.len() >= LINE {
                writeln!(output, "{line}")?;
                line.clone_from(&head);
            }
            line.push(' ');
            line.push_str(word);
        }
        writeln!(output, "{line}")?;
    }
    Ok(())
}
