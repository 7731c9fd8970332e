//! A document as it is shown.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    entity::{document, index_task},
    foundation::timestamp,
};

/// Whether answers can come from a document yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Stored; its vectors are being made.
    Pending,
    /// Can be found.
    Indexed,
    /// Stored, but its vectors could not be made yet; `error` says why. It is tried again.
    Failed,
}

/// A page of documents, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentPage {
    /// The documents.
    pub data: Vec<Document>,
    /// Give this as `after` for the next page; absent on the last one.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub next: Option<Uuid>,
}

/// A document without its text.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Document {
    /// Identifies it.
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    /// The caller's own name for it.
    pub external_id: Option<String>,
    /// What it is cited by.
    pub title: String,
    /// `plain`, `markdown` or `html`.
    pub format: String,
    /// Labels to filter by.
    pub tags: Vec<String>,
    /// Size of the text in bytes.
    pub bytes: i64,
    /// Number of passages.
    pub chunks: i32,
    /// Whether answers can come from it yet.
    pub status: Status,
    /// Why indexing failed the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When it was first added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// When its vectors were last complete.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub indexed_at: Option<Timestamp>,
}

impl Document {
    /// Joins a document's row with its index task, if it has one.
    pub fn new(row: document::Model, task: Option<&index_task::Model>) -> Self {
        let error = task.and_then(|task| task.error.clone());
        let status = match (task, &error) {
            (None, _) => Status::Indexed,
            (Some(_), None) => Status::Pending,
            (Some(_), Some(_)) => Status::Failed,
        };
        Self {
            id: row.id,
            external_id: row.external_id,
            title: row.title,
            format: row.format,
            tags: tags(&row.tags),
            bytes: row.bytes,
            chunks: row.chunks,
            status,
            error,
            created_at: timestamp(row.created_at),
            updated_at: timestamp(row.updated_at),
            indexed_at: row.indexed_at.map(timestamp),
        }
    }
}

impl Document {
    /// When anything that is shown last changed. `None` while it is being indexed: then it will change
    /// again, perhaps within the same second, which is as exact as HTTP tells times.
    pub fn last_change(&self) -> Option<Timestamp> {
        let settled = self.status == Status::Indexed;
        settled.then(|| {
            self.indexed_at
                .map_or(self.updated_at, |time| time.max(self.updated_at))
        })
    }
}

/// Tags as they are stored: a JSON array of texts.
pub fn tags(stored: &serde_json::Value) -> Vec<String> {
    let texts = stored.as_array().into_iter().flatten();
    texts
        .filter_map(|tag| tag.as_str().map(str::to_owned))
        .collect()
}
