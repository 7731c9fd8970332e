//! Text before models: sentence splitting, plain text from Markdown and HTML, chunking.

/// A piece of a document that is embedded and cited as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Readable text, markup removed.
    pub text: String,
    /// Byte offset in the source document where it starts.
    pub start: usize,
    /// Byte offset just past its end; `start <= end <= source.len()`.
    pub end: usize,
}

/// Markup of a source document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// No markup.
    Plain,
    /// CommonMark.
    Markdown,
    /// HTML of any age.
    Html,
}
