//! Documents to chunks: pieces that fit the embedding model, end where sentences end, overlap a
//! little, and know where in the source they stand.
//!
//! source -> blocks ([`super::outline`]) -> sentences with their estimated tokens -> chunks, filled
//! greedily within one heading. A sentence longer than a chunk is cut between words.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::{Format, html, markdown, outline::Block, sentences};

/// A piece of a document that is embedded and cited as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Readable text, markup removed. In plain text it is exactly the source from `start` to
    /// `end`; in markup, blocks are joined by line feeds.
    pub text: String,
    /// Headings above it, outermost first, joined by ` > `; `None` without headings.
    pub heading: Option<String>,
    /// Byte offset in the source document where it starts.
    pub start: usize,
    /// Byte offset just past its end; `start <= end <= source.len()`.
    pub end: usize,
}

/// Sizes of chunks, in tokens as [`estimate_tokens`] counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkSettings {
    /// Largest chunk, its heading included, at least 8. The default leaves a margin below
    /// `MiniLM`'s window of 256 for words that the estimate takes too lightly.
    pub max_tokens: usize,
    /// Whole sentences of up to this size are repeated at the start of the next chunk.
    pub overlap_tokens: usize,
}

impl Default for ChunkSettings {
    fn default() -> Self {
        Self {
            max_tokens: 200,
            overlap_tokens: 40,
        }
    }
}

/// Cuts a document into chunks, in source order. Text without a word gives none.
pub fn chunk(source: &str, format: Format, settings: &ChunkSettings) -> Vec<Chunk> {
    let blocks = match format {
        Format::Plain => vec![Block::verbatim(source)],
        Format::Markdown => markdown::blocks(source),
        Format::Html => html::blocks(source),
    };
    let mut chunks = Vec::new();
    for section in blocks.chunk_by(|a, b| a.heading == b.heading) {
        chunk_section(section, settings, &mut chunks);
    }
    chunks
}

/// An upper estimate of the word pieces in a text, cheap and without a vocabulary: five letters,
/// two digits, one mark or one letter beyond ASCII each take a token.
pub fn estimate_tokens(text: &str) -> usize {
    let (mut tokens, mut letters, mut digits) = (0, 0_usize, 0_usize);
    let mut flush = |letters: &mut usize, digits: &mut usize| {
        tokens += letters.div_ceil(5) + digits.div_ceil(2);
        (*letters, *digits) = (0, 0);
    };
    let mut marks = 0;
    for character in text.chars() {
        if character.is_ascii_alphabetic() {
            letters += 1;
        } else if character.is_ascii_digit() {
            digits += 1;
        } else if character.is_whitespace() {
            flush(&mut letters, &mut digits);
        } else {
            flush(&mut letters, &mut digits);
            marks += 1;
        }
    }
    flush(&mut letters, &mut digits);
    tokens + marks
}

/// A sentence, or a part of one that is too long.
#[derive(Debug, Clone)]
struct Unit {
    block: usize,
    range: Range<usize>,
    tokens: usize,
}

fn chunk_section(section: &[Block], settings: &ChunkSettings, chunks: &mut Vec<Chunk>) {
    let heading = section.first().and_then(|block| block.heading.as_deref());
    let max_tokens = settings.max_tokens.max(8);
    let heading_tokens = heading.map_or(0, estimate_tokens);
    let budget = max_tokens
        .saturating_sub(heading_tokens)
        .max(max_tokens / 2);
    let overlap = settings.overlap_tokens.min(budget / 2);

    let units = units(section, budget);
    let mut open: Vec<Unit> = Vec::new();
    for unit in units {
        if !open.is_empty() && size(&open) + unit.tokens > budget {
            chunks.push(close(section, &open));
            keep_overlap(&mut open, overlap, budget - unit.tokens);
        }
        open.push(unit);
    }
    if !open.is_empty() {
        chunks.push(close(section, &open));
    }
}

fn size(units: &[Unit]) -> usize {
    units.iter().map(|unit| unit.tokens).sum()
}

/// Drops units from the front until the rest is a small enough overlap and leaves enough room.
fn keep_overlap(units: &mut Vec<Unit>, overlap: usize, room: usize) {
    let mut kept = 0;
    let mut tokens = 0;
    for unit in units.iter().skip(1).rev() {
        tokens += unit.tokens;
        if tokens > overlap.min(room) {
            break;
        }
        kept += 1;
    }
    units.drain(..units.len() - kept);
}

fn units(section: &[Block], budget: usize) -> Vec<Unit> {
    let mut units = Vec::new();
    for (block, content) in section.iter().enumerate() {
        for sentence in sentences(&content.text) {
            cut_to_size(&content.text, sentence, budget, |range, tokens| {
                units.push(Unit {
                    block,
                    range,
                    tokens,
                });
            });
        }
    }
    units
}

/// Hands out the sentence, in parts of whole words when it is over budget.
fn cut_to_size(
    text: &str,
    sentence: Range<usize>,
    budget: usize,
    mut push: impl FnMut(Range<usize>, usize),
) {
    let tokens = estimate_tokens(&text[sentence.clone()]);
    if tokens <= budget {
        push(sentence, tokens);
        return;
    }
    let mut start = sentence.start;
    let mut end = start;
    let mut tokens = 0;
    for piece in words(text, sentence, budget) {
        let more = estimate_tokens(&text[piece.clone()]);
        if tokens + more > budget && start < end {
            push_trimmed(text, start..end, &mut push);
            start = piece.start;
            tokens = 0;
        }
        end = piece.end;
        tokens += more;
    }
    push_trimmed(text, start..end, &mut push);
}

fn push_trimmed(text: &str, range: Range<usize>, push: &mut impl FnMut(Range<usize>, usize)) {
    let part = &text[range.clone()];
    let start = range.start + part.len() - part.trim_start().len();
    let part = part.trim();
    if !part.is_empty() {
        push(start..start + part.len(), estimate_tokens(part));
    }
}

/// Words of a range with the white space and marks between them; a word over budget, such as
/// encoded data, is cut into its characters.
fn words(text: &str, range: Range<usize>, budget: usize) -> impl Iterator<Item = Range<usize>> {
    let shift = range.start;
    text[range]
        .split_word_bound_indices()
        .flat_map(move |(at, word)| {
            let characters = estimate_tokens(word) > budget;
            let whole = (!characters).then_some((0, word.len()));
            let parts = word
                .char_indices()
                .filter(move |_| characters)
                .map(|(inner, character)| (inner, character.len_utf8()));
            whole
                .into_iter()
                .chain(parts)
                .map(move |(inner, length)| shift + at + inner..shift + at + inner + length)
        })
}

fn close(section: &[Block], units: &[Unit]) -> Chunk {
    let mut chunk = Chunk {
        text: String::new(),
        heading: section.first().and_then(|block| block.heading.clone()),
        start: usize::MAX,
        end: 0,
    };
    for same_block in units.chunk_by(|a, b| a.block == b.block) {
        let [first, ..] = same_block else { continue };
        let [.., last] = same_block else { continue };
        let block = &section[first.block];
        let range = first.range.start..last.range.end;
        if !chunk.text.is_empty() {
            chunk.text.push('\n');
        }
        chunk.text.push_str(&block.text[range.clone()]);
        let source = block.source_of(&range);
        chunk.start = chunk.start.min(source.start);
        chunk.end = chunk.end.max(source.end);
    }
    chunk
}

#[cfg(test)]
mod tests;
