//! Document -> passages.

use uuid::Uuid;

use super::title;
use crate::{
    Error, Result,
    retrieve::Passage,
    text::{self, ChunkSettings, Format},
};

/// Longest document in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 20 * 1024 * 1024;

/// A document to answer from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Identity; ingesting the same id again replaces it.
    pub id: Uuid,
    /// Title to cite it by, not blank; `None` takes the one found in the text.
    pub title: Option<String>,
    /// Markup of the text.
    pub format: Format,
    /// The source.
    pub text: String,
    /// Labels to filter by.
    pub tags: Vec<String>,
}

/// A document cut into passages.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// The document's title: the one it came with, else its outermost first heading or its first
    /// line, at most 120 characters.
    pub title: String,
    /// In source order.
    pub passages: Vec<Passage>,
}

/// Cuts a document into passages.
///
/// # Errors
/// [`Error::InvalidInput`] for a blank title, and for a text without a word or longer than
/// [`MAX_DOCUMENT_BYTES`].
pub fn prepare(document: &Document) -> Result<Prepared> {
    let given = document.title.as_deref();
    if given.is_some_and(|title| title.trim().is_empty()) {
        return Err(Error::invalid("title", "is blank; say what to cite it by"));
    }
    if document.text.len() > MAX_DOCUMENT_BYTES {
        let message = format!(
            "has {} bytes; the limit is {MAX_DOCUMENT_BYTES}, so split the document",
            document.text.len()
        );
        return Err(Error::invalid("text", message));
    }
    if !document.text.contains(char::is_alphanumeric) {
        return Err(Error::invalid("text", "has no word to find it by"));
    }
    let chunks = text::chunk(&document.text, document.format, &ChunkSettings::default());
    let title = given.map_or_else(|| title::found_in(&chunks), ToOwned::to_owned);
    let passages = (0..)
        .zip(chunks)
        .map(|(ordinal, chunk)| Passage {
            tenant: None,
            document: document.id,
            title: title.clone(),
            heading: chunk.heading,
            ordinal,
            text: chunk.text,
            start: chunk.start,
            end: chunk.end,
            tags: document.tags.clone(),
        })
        .collect();
    Ok(Prepared { title, passages })
}
