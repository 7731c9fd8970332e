//! A document with its markup removed: blocks of readable text under their headings, each with a
//! map from text offsets back to source offsets.
//!
//! A markup parser calls [`Outline::text`] and [`Outline::replacement`] as it meets content,
//! [`Outline::end_block`] where a block element begins or ends, [`Outline::end_heading`] where the
//! block was a heading, and takes the result from [`Outline::finish`].

use std::ops::Range;

/// Text that no chunk may join with other text without a separator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// Headings above the block, outermost first, joined by ` > `.
    pub(super) heading: Option<String>,
    /// Readable text.
    pub(super) text: String,
    pieces: Vec<Piece>,
}

/// A part of a block's text, from `text_start` to the next piece.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    text_start: usize,
    source: Range<usize>,
    /// Whether text and source are the same bytes; otherwise only the ends correspond.
    verbatim: bool,
}

impl Block {
    /// A block of source text without markup.
    pub(super) fn verbatim(source: &str) -> Self {
        let mut block = Self::default();
        block.push(source, 0..source.len(), true);
        block
    }

    fn push(&mut self, text: &str, source: Range<usize>, verbatim: bool) {
        if text.is_empty() {
            return;
        }
        let text_start = self.text.len();
        self.text.push_str(text);
        self.pieces.push(Piece {
            text_start,
            source,
            verbatim,
        });
    }

    /// Source bytes that a non-empty range of the text came from.
    pub(super) fn source_of(&self, text: &Range<usize>) -> Range<usize> {
        let first = self.piece_at(text.start);
        let last = self.piece_at(text.end.saturating_sub(1));
        let start = match first {
            Some(piece) if piece.verbatim => piece.source.start + text.start - piece.text_start,
            Some(piece) => piece.source.start,
            None => 0,
        };
        let end = match last {
            Some(piece) if piece.verbatim => piece.source.start + text.end - piece.text_start,
            Some(piece) => piece.source.end,
            None => 0,
        };
        start..end.max(start)
    }

    fn piece_at(&self, offset: usize) -> Option<&Piece> {
        let after = self
            .pieces
            .partition_point(|piece| piece.text_start <= offset);
        self.pieces.get(after.checked_sub(1)?)
    }
}

/// Collects blocks and keeps track of headings.
#[derive(Debug, Default)]
pub(super) struct Outline {
    blocks: Vec<Block>,
    open: Block,
    headings: Vec<(u8, String)>,
    /// A heading that nothing stands under yet; it becomes a block of its own if that stays so.
    childless: Option<Block>,
}

impl Outline {
    /// Text that stands in the source as it is.
    pub(super) fn text(&mut self, text: &str, source_start: usize) {
        self.open
            .push(text, source_start..source_start + text.len(), true);
    }

    /// Text that stands in the source in another form, e.g. as an entity.
    pub(super) fn replacement(&mut self, text: &str, source: Range<usize>) {
        self.open.push(text, source, false);
    }

    /// One space for any amount of white space in the source, none at the start of a block.
    pub(super) fn space(&mut self, source: Range<usize>) {
        if !self.open.text.is_empty() && !self.open.text.ends_with(char::is_whitespace) {
            self.replacement(" ", source);
        }
    }

    /// Whether nothing but white space was collected since the last block ended.
    pub(super) fn is_block_empty(&self) -> bool {
        self.open.text.trim().is_empty()
    }

    /// Ends the block, if there is one.
    pub(super) fn end_block(&mut self) {
        let mut block = std::mem::take(&mut self.open);
        if block.text.trim().is_empty() {
            return;
        }
        self.childless = None;
        block.heading = self.path();
        self.blocks.push(block);
    }

    /// Ends the block as a heading of that level, 1 being the outermost.
    pub(super) fn end_heading(&mut self, level: u8) {
        let mut block = std::mem::take(&mut self.open);
        let title = block.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if title.is_empty() {
            return;
        }
        let above = self.headings.last().map_or(0, |(above, _)| *above);
        if above >= level {
            self.blocks.extend(self.childless.take());
        }
        self.headings.retain(|(above, _)| *above < level);
        block.heading = self.path();
        self.childless = Some(block);
        self.headings.push((level, title));
    }

    /// All blocks in source order.
    pub(super) fn finish(mut self) -> Vec<Block> {
        self.end_block();
        self.blocks.extend(self.childless.take());
        self.blocks
    }

    fn path(&self) -> Option<String> {
        let titles = self.headings.iter().map(|(_, title)| title.as_str());
        let path = titles.collect::<Vec<_>>().join(" > ");
        (!path.is_empty()).then_some(path)
    }
}
