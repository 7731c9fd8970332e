//! The check between a draft and its reader: is it in the passages, and does it answer?
//!
//! hits -> [`Sources`] (their sentences, as words and vectors) -> [`Sources::candidates`] (the
//! sentences that may answer the question; none means that the documents do not) -> a draft,
//! sentence by sentence -> [`Sources::check`] -> [`Evidence`](super::Evidence).
//!
//! The rules err on the side of refusing: a refused draft becomes a quotation, which is dull but
//! true.

mod candidates;
mod check;
mod sources;
mod words;

pub(super) use candidates::Candidate;
pub(super) use check::Check;
pub(super) use sources::Sources;
