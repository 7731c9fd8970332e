//! A file or a text from Python -> a document to ingest.

use std::{fs, path::Path};

use locutor::{
    Error, Result,
    converse::Document,
    text::{self, Format},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentOptions {
    id: Uuid,
    title: Option<String>,
    format: Option<String>,
    tags: Vec<String>,
}

/// What the package tells of a document that was ingested.
#[derive(Serialize)]
pub(crate) struct Added {
    pub(crate) id: Uuid,
    pub(crate) title: String,
    pub(crate) chunks: usize,
}

impl DocumentOptions {
    /// The document in a file, whose name tells the format unless the options do.
    pub(crate) fn read(self, path: &Path) -> Result<Document> {
        let bytes = fs::read(path).map_err(|source| Error::Io {
            path: path.to_owned(),
            source,
        })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let told = Format::of_file_name(&name).unwrap_or(Format::Plain);
        self.document(text::decode(&bytes)?, told)
    }

    /// The document in a text.
    pub(crate) fn document(self, text: String, otherwise: Format) -> Result<Document> {
        let format = self.format.as_deref().map_or(Ok(otherwise), named_format)?;
        Ok(Document {
            id: self.id,
            title: self.title,
            format,
            text,
            tags: self.tags,
        })
    }
}

/// Says which of many files is the unusable one.
pub(crate) fn naming(path: &Path, error: Error) -> Error {
    match error {
        Error::InvalidInput { parameter, message } => {
            Error::invalid(parameter, format!("{message} ({})", path.display()))
        }
        other => other,
    }
}

fn named_format(name: &str) -> Result<Format> {
    match name {
        "text" => Ok(Format::Plain),
        "markdown" => Ok(Format::Markdown),
        "html" => Ok(Format::Html),
        other => {
            let message = format!("`{other}` is unknown; use text, markdown or html");
            Err(Error::invalid("format", message))
        }
    }
}
