//! Names of vectors and payload fields, the same in both stores.

/// The dense vector.
pub(super) const DENSE: &str = "dense";
/// The BM25 vector.
pub(super) const TERMS: &str = "terms";
/// Payload field of whose chunk it is.
pub(super) const TENANT: &str = "tenant";
/// Payload field of the document's id.
pub(super) const DOCUMENT: &str = "document";
/// Payload field of the labels.
pub(super) const TAGS: &str = "tags";
