//! Passages -> the title to cite their document by.

use crate::text::Chunk;

/// Title of a text that tells none.
const UNTITLED: &str = "untitled";
/// Longest title in characters.
const LONGEST: usize = 120;

/// A title for a document that comes without one: the outermost heading above its first chunk,
/// else that chunk's first line, at most 120 characters; `untitled` where there is neither.
pub(super) fn found_in(chunks: &[Chunk]) -> String {
    let found = chunks.first().and_then(|first| {
        let heading = first.heading.as_deref().and_then(outermost);
        heading.or_else(|| first_line(&first.text))
    });
    found.unwrap_or(UNTITLED).chars().take(LONGEST).collect()
}

fn outermost(headings: &str) -> Option<&str> {
    let first = headings.split(" > ").next().map(str::trim);
    first.filter(|heading| !heading.is_empty())
}

fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{ChunkSettings, Format, chunk};

    fn title(source: &str, format: Format) -> String {
        found_in(&chunk(source, format, &ChunkSettings::default()))
    }

    #[test]
    fn the_outermost_heading_comes_before_the_first_line() {
        let markdown = "# Guide\n\n## Setup\n\nTurn it on.";
        assert_eq!(title(markdown, Format::Markdown), "Guide");
        let plain = "Turn it on.\n\nWait.";
        assert_eq!(title(plain, Format::Markdown), "Turn it on.");
        assert_eq!(title("\n  First.\nSecond.", Format::Plain), "First.");
        let html = "<h1>Guide</h1><p>Turn it on.";
        assert_eq!(title(html, Format::Html), "Guide");
    }

    #[test]
    fn titles_are_never_blank_and_never_long() {
        assert_eq!(title("", Format::Plain), UNTITLED);
        assert_eq!(title(" \n\t", Format::Markdown), UNTITLED);
        let long = title(&"é".repeat(500), Format::Plain);
        assert_eq!(long.chars().count(), LONGEST);
    }
}
