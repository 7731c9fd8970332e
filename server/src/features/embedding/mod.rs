//! `/v1/embeddings`: texts or tokens to vectors.

mod http;
mod reply;
mod request;
#[cfg(test)]
mod tests;

pub use http::{EmbeddingState, routes};
