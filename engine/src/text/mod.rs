//! Text before models: bytes to text, sentence splitting, plain text from Markdown and HTML,
//! chunking, and the words that BM25 counts.
//!
//! bytes -> [`decode`] -> source text -> [`chunk`] (markup -> blocks with a map back to the source
//! -> [`sentences`] -> [`Chunk`]s with source offsets for citations). [`Analyzer`] turns a chunk or
//! a question into index terms.

mod abbreviations;
mod chunk;
mod decode;
mod format;
mod html;
mod markdown;
mod outline;
mod scripts;
mod sentence_end;
mod sentences;
mod terms;

pub use chunk::{Chunk, ChunkSettings, chunk, estimate_tokens};
pub use decode::decode;
pub(crate) use scripts::is_han;
pub use scripts::is_unspaced;
pub(crate) use sentence_end::ends_sentence;
pub use sentences::sentences;
pub use terms::Analyzer;

/// Markup of a source document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// No markup.
    Plain,
    /// `CommonMark`, with tables, footnotes, strikethrough and a metadata block.
    Markdown,
    /// HTML of any age.
    Html,
}
