//! Markdown to blocks.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{
    html,
    outline::{Block, Outline},
};

/// Blocks of a Markdown document; embedded HTML is read as HTML, metadata blocks are left out.
pub(super) fn blocks(source: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut outline = Outline::default();
    let mut skipping = false;
    for (event, range) in Parser::new_ext(source, options).into_offset_iter() {
        match event {
            Event::Start(Tag::MetadataBlock(_)) => skipping = true,
            Event::End(TagEnd::MetadataBlock(_)) => skipping = false,
            Event::Start(Tag::HtmlBlock) => {
                outline.end_block();
                html::collect(source, range, &mut outline);
                outline.end_block();
            }
            _ if skipping => {}
            event => collect(source, event, range, &mut outline),
        }
    }
    outline.finish()
}

fn collect(source: &str, event: Event<'_>, range: Range<usize>, outline: &mut Outline) {
    match event {
        Event::Text(text) => insert(source, &text, range, outline),
        Event::Code(code) | Event::InlineMath(code) | Event::DisplayMath(code) => {
            insert(source, &code, range, outline);
        }
        Event::SoftBreak | Event::InlineHtml(_) if !outline.is_block_empty() => {
            if matches!(event, Event::SoftBreak) {
                outline.space(range);
            }
        }
        Event::HardBreak => outline.replacement("\n", range),
        Event::Start(tag) if starts_block(&tag) => outline.end_block(),
        Event::End(TagEnd::Heading(level)) => outline.end_heading(number(level)),
        Event::End(TagEnd::TableCell) if !outline.is_block_empty() => {
            outline.replacement(" | ", range.end..range.end);
        }
        Event::End(tag) if ends_block(tag) => outline.end_block(),
        _ => {}
    }
}

/// Adds text, as a verbatim piece where it can be found in its source range.
fn insert(source: &str, text: &str, range: Range<usize>, outline: &mut Outline) {
    match source.get(range.clone()).and_then(|slice| slice.find(text)) {
        Some(at) => outline.text(text, range.start + at),
        None => outline.replacement(text, range),
    }
}

fn starts_block(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Paragraph
            | Tag::Heading { .. }
            | Tag::BlockQuote(_)
            | Tag::CodeBlock(_)
            | Tag::List(_)
            | Tag::Item
            | Tag::FootnoteDefinition(_)
            | Tag::Table(_)
            | Tag::TableHead
            | Tag::TableRow
    )
}

fn ends_block(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Paragraph
            | TagEnd::BlockQuote(_)
            | TagEnd::CodeBlock
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::FootnoteDefinition
            | TagEnd::Table
            | TagEnd::TableHead
            | TagEnd::TableRow
    )
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
