//! Request parts as typed values; what does not fit becomes a [`Fault`](super::Fault) that says where
//! and why, for every value that does not fit.
//!
//! body -> [`shape`] (syntax, depth, repeated names) -> translation of older versions -> serde
//! (a second time with [`integral`] numbers as integers; [`misfit`], and [`survey`] for the rest of what does not fit) -> garde's rules.

mod integral;
mod json;
mod misfit;
mod null;
mod page;
mod path;
mod query;
mod shape;
mod survey;
mod validate;

pub use json::Json;
#[cfg(test)]
pub use json::parse_json;
pub use null::{given, present};
pub use page::Page;
pub use path::Path;
pub use query::Query;
pub use validate::validated;
