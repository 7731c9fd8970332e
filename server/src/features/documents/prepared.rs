//! What a document becomes before it is stored: passages and rows.

use jiff::Timestamp;
use locutor::{converse, retrieve::Passage, text::Format};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::DocumentError;
use crate::entity::{chunk, document};

/// A document to add, or to put in the place of an older one.
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// The organisation it belongs to.
    pub organisation: Uuid,
    /// Put it in the place of this document, or give it this id.
    pub id: Option<Uuid>,
    /// The caller's own name for it; the same name replaces the document.
    pub external_id: Option<String>,
    /// What to cite it by; `None` takes its first line.
    pub title: Option<String>,
    /// Its markup.
    pub format: Format,
    /// The source.
    pub text: String,
    /// Labels to filter by.
    pub tags: Vec<String>,
    /// What the caller knows of the one that it replaces.
    pub seen: Seen,
}

/// What somebody knows of the document that they change: if it is another one by now, they would
/// undo a change that they never saw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Seen {
    /// Nothing; they change whatever is there.
    #[default]
    Unknown,
    /// There was none.
    Absent,
    /// The one that was last changed then.
    Of(Timestamp),
}

impl Seen {
    /// Whether that is still so.
    pub(super) fn fits(self, row: Option<&document::Model>) -> bool {
        match (self, row) {
            (Self::Unknown, _) | (Self::Absent, None) => true,
            (Self::Of(time), Some(row)) => time.as_millisecond() == row.updated_at,
            _ => false,
        }
    }
}

/// A document cut into passages.
pub(super) struct Prepared {
    pub(super) new: NewDocument,
    title: String,
    digest: Vec<u8>,
    passages: Vec<Passage>,
}

impl Prepared {
    /// Cuts on a thread for blocking work: a large document takes a while.
    pub(super) async fn new(new: NewDocument) -> Result<Self, DocumentError> {
        let work = move || -> Result<Self, locutor::Error> {
            let document = converse::Document {
                // The rows carry the id; here it is not known yet.
                id: Uuid::nil(),
                title: new.title.clone(),
                format: new.format,
                text: new.text.clone(),
                tags: new.tags.clone(),
            };
            let converse::Prepared { title, passages } = converse::prepare(&document)?;
            let digest = Sha256::digest(new.text.as_bytes()).to_vec();
            Ok(Self {
                new,
                title,
                digest,
                passages,
            })
        };
        let prepared = tokio::task::spawn_blocking(work).await;
        Ok(prepared.unwrap_or_else(|error| Err(locutor::Error::backend("chunking", error)))?)
    }

    /// Whether it says nothing new.
    pub(super) fn equals(&self, row: &document::Model) -> bool {
        row.digest == self.digest
            && row.title == self.title
            && row.format == format_name(self.new.format)
            && super::view::tags(&row.tags) == self.new.tags
            && self
                .new
                .external_id
                .as_ref()
                .is_none_or(|id| row.external_id.as_ref() == Some(id))
    }

    /// The rows that take the place of the older document, if there is one.
    pub(super) fn into_rows(
        self,
        existing: Option<document::Model>,
        now: i64,
        new_id: impl Fn() -> Uuid,
    ) -> (document::Model, Vec<chunk::Model>) {
        let new = self.new;
        let id = existing
            .as_ref()
            .map(|row| row.id)
            .or(new.id)
            .unwrap_or_else(&new_id);
        let chunks: Vec<_> = self
            .passages
            .into_iter()
            .map(|passage| chunk_row(id, new_id(), passage))
            .collect();
        let row = document::Model {
            id,
            organisation_id: new.organisation,
            external_id: new
                .external_id
                .or_else(|| existing.as_ref().and_then(|row| row.external_id.clone())),
            title: self.title,
            format: format_name(new.format).to_owned(),
            tags: new.tags.into(),
            digest: self.digest,
            bytes: offset(new.text.len()),
            content: new.text,
            chunks: i32::try_from(chunks.len()).unwrap_or(i32::MAX),
            created_at: existing.map_or(now, |row| row.created_at),
            updated_at: now,
            indexed_at: None,
        };
        (row, chunks)
    }
}

fn chunk_row(document: Uuid, id: Uuid, passage: Passage) -> chunk::Model {
    chunk::Model {
        id,
        document_id: document,
        ordinal: i32::try_from(passage.ordinal).unwrap_or(i32::MAX),
        heading: passage.heading,
        text: passage.text,
        start_offset: offset(passage.start),
        end_offset: offset(passage.end),
    }
}

/// A position in a text as it is stored; texts are far shorter than the limit.
fn offset(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// As stored and shown.
fn format_name(format: Format) -> &'static str {
    match format {
        Format::Plain => "plain",
        Format::Markdown => "markdown",
        Format::Html => "html",
    }
}
