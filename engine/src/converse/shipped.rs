//! The documents about Locutor itself that the demo answers from.

use uuid::Uuid;

use super::Document;
use crate::text::Format;

/// File name and Markdown source of each.
const SOURCES: &[(&str, &str)] = &[
    ("overview.md", include_str!("../../documents/overview.md")),
    (
        "getting-started.md",
        include_str!("../../documents/getting-started.md"),
    ),
    (
        "transcription.md",
        include_str!("../../documents/transcription.md"),
    ),
    ("retrieval.md", include_str!("../../documents/retrieval.md")),
    ("answers.md", include_str!("../../documents/answers.md")),
    ("speech.md", include_str!("../../documents/speech.md")),
    ("models.md", include_str!("../../documents/models.md")),
    ("server.md", include_str!("../../documents/server.md")),
    ("python.md", include_str!("../../documents/python.md")),
    (
        "architecture.md",
        include_str!("../../documents/architecture.md"),
    ),
];

/// The shipped documents, always with the same ids.
pub fn shipped_documents() -> Vec<Document> {
    (1..)
        .zip(SOURCES)
        .map(|(number, (name, source))| Document {
            id: Uuid::from_u128(number),
            title: title(source).unwrap_or(name).to_owned(),
            format: Format::Markdown,
            text: (*source).to_owned(),
            tags: vec!["locutor".to_owned()],
        })
        .collect()
}

/// The first heading.
fn title(source: &str) -> Option<&str> {
    source.lines().find_map(|line| line.strip_prefix("# "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_has_a_title_and_passages() {
        for document in shipped_documents() {
            assert!(
                document.title.contains(' ') || document.title.starts_with(char::is_uppercase),
                "{} has no heading",
                document.title
            );
            assert!(!crate::converse::prepare(&document).unwrap().is_empty());
        }
    }
}
