//! The documents about Locutor itself that the demo answers from.

use uuid::Uuid;

use super::Document;
use crate::text::Format;

/// Their Markdown sources.
const SOURCES: &[&str] = &[
    include_str!("../../documents/overview.md"),
    include_str!("../../documents/getting-started.md"),
    include_str!("../../documents/transcription.md"),
    include_str!("../../documents/retrieval.md"),
    include_str!("../../documents/answers.md"),
    include_str!("../../documents/speech.md"),
    include_str!("../../documents/models.md"),
    include_str!("../../documents/server.md"),
    include_str!("../../documents/python.md"),
    include_str!("../../documents/architecture.md"),
];

/// The shipped documents, always with the same ids.
pub fn shipped_documents() -> Vec<Document> {
    (1..)
        .zip(SOURCES)
        .map(|(number, source)| Document {
            id: Uuid::from_u128(number),
            title: None,
            format: Format::Markdown,
            text: (*source).to_owned(),
            tags: vec!["locutor".to_owned()],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_has_a_title_and_passages() {
        for document in shipped_documents() {
            let prepared = crate::converse::prepare(&document).unwrap();
            let heading = document.text.lines().next().unwrap();
            assert_eq!(heading, format!("# {}", prepared.title));
            assert!(!prepared.passages.is_empty());
        }
    }
}
