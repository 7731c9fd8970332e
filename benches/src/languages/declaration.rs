//! Pieces of the declaration: `de.html`, `pt-BR.html` and so on, cut at words to a length.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result, ensure};
use locutor::Engine;
use locutor_models::Catalog;
use rand::{Rng, RngExt, seq::IndexedRandom};

const SAMPLES: &str = "declaration-samples";

/// Shortest paragraph that is used, in characters.
const SHORTEST: usize = 20;

/// How far a piece may be from the length asked for.
const TOLERANCE: f64 = 0.2;

/// Paragraphs by ISO 639-1 code, all spellings of a language together.
pub type Paragraphs = BTreeMap<String, Vec<String>>;

/// A piece of text in a known language.
#[derive(Debug, Clone)]
pub struct Piece {
    /// ISO 639-1 code.
    pub language: String,
    /// What is to be judged.
    pub text: String,
}

/// Reads all.
///
/// # Errors
/// When they are not installed.
pub fn read(engine: &Engine) -> Result<Paragraphs> {
    let catalog = Catalog::builtin();
    let installed = engine.store().verify(catalog, SAMPLES)?;
    let mut paragraphs = Paragraphs::new();
    for file in &catalog.entry(SAMPLES)?.files {
        let name = file.name.strip_suffix(".html").context("no page")?;
        let language = name.split('-').next().unwrap_or(name);
        let page = fs::read_to_string(installed.file(&file.name))?;
        let found = texts(&page)
            .into_iter()
            .filter(|text| text.chars().count() >= SHORTEST);
        paragraphs
            .entry(language.to_owned())
            .or_default()
            .extend(found);
    }
    ensure!(!paragraphs.is_empty(), "{SAMPLES} has no pages");
    Ok(paragraphs)
}

/// What stands in the page's paragraphs and list items.
fn texts(page: &str) -> Vec<String> {
    let starts = page.match_indices('<').filter(|(at, _)| {
        let tag = &page[at + 1..];
        ["p>", "p ", "li>", "li "]
            .iter()
            .any(|name| tag.starts_with(name))
    });
    starts
        .map(|(at, _)| {
            let rest = &page[at..];
            let end = ["</p>", "</li>"]
                .iter()
                .filter_map(|tag| rest.find(tag))
                .min();
            plain(&rest[..end.unwrap_or(rest.len())])
        })
        .collect()
}

fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for character in html.chars() {
        match character {
            '<' => inside = true,
            '>' => inside = false,
            other if !inside => text.push(other),
            _ => {}
        }
    }
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `count` different pieces of about `length` characters for each language.
pub fn pieces(
    paragraphs: &Paragraphs,
    length: usize,
    count: usize,
    random: &mut impl Rng,
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (language, texts) in paragraphs {
        let mut found: Vec<String> = Vec::new();
        for _ in 0..count * 10 {
            let Some(text) = texts.choose(random) else {
                break;
            };
            if let Some(piece) = cut(text, length, random)
                && !found.contains(&piece)
            {
                found.push(piece);
            }
            if found.len() == count {
                break;
            }
        }
        pieces.extend(found.into_iter().map(|text| Piece {
            language: language.clone(),
            text,
        }));
    }
    pieces
}

/// About so many characters that begin and end at words, where there are spaces between them.
fn cut(text: &str, length: usize, random: &mut impl Rng) -> Option<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let characters: Vec<char> = text.chars().collect();
    if characters.len() < length {
        return None;
    }
    if words.len() * 15 < characters.len() {
        let start = random.random_range(0..=characters.len() - length);
        return Some(characters[start..start + length].iter().collect());
    }
    let start = random.random_range(0..words.len());
    let mut piece = String::new();
    for word in &words[start..] {
        let longer = if piece.is_empty() {
            (*word).to_owned()
        } else {
            format!("{piece} {word}")
        };
        if longer.chars().count() as f64 > length as f64 * (1.0 + TOLERANCE) && !piece.is_empty() {
            break;
        }
        piece = longer;
    }
    let found = piece.chars().count() as f64 / length as f64;
    let fits = (1.0 - TOLERANCE..=1.0 + TOLERANCE).contains(&found);
    (fits && piece.contains(char::is_alphabetic)).then_some(piece)
}
