//! Text -> the title to cite it by.

use crate::text::{self, ChunkSettings, Format};

/// Title of a text that tells none.
const UNTITLED: &str = "untitled";
/// Longest title in characters.
const LONGEST: usize = 120;

/// A title for a document that comes without one: the outermost heading above its first passage,
/// else that passage's first line, at most 120 characters; `untitled` for a blank text.
pub fn title_of(source: &str, format: Format) -> String {
    let chunks = text::chunk(source, format, &ChunkSettings::default());
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

    #[test]
    fn the_outermost_heading_comes_before_the_first_line() {
        let markdown = "# Guide\n\n## Setup\n\nTurn it on.";
        assert_eq!(title_of(markdown, Format::Markdown), "Guide");
        assert_eq!(
            title_of("Turn it on.\n\nWait.", Format::Markdown),
            "Turn it on."
        );
        assert_eq!(title_of("\n  First.\nSecond.", Format::Plain), "First.");
        assert_eq!(
            title_of("<h1>Guide</h1><p>Turn it on.", Format::Html),
            "Guide"
        );
    }

    #[test]
    fn titles_are_never_blank_and_never_long() {
        assert_eq!(title_of("", Format::Plain), UNTITLED);
        assert_eq!(title_of(" \n\t", Format::Markdown), UNTITLED);
        assert_eq!(
            title_of(&"é".repeat(500), Format::Plain).chars().count(),
            LONGEST
        );
    }
}
