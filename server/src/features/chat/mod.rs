//! `/v1/chat/completions`: the language model's next turn, on its own or from the documents.
//!
//! request -> checked [`request::ChatRequest`] -> a job on the engine's generate lane -> events ->
//! one reply, or server-sent events while the text is written. With the extension field
//! `retrieval` the job is [`locutor::converse::ask`], and the reply carries passages, citations
//! and the grounding verdict.

mod format;
mod http;
mod job;
mod logprobs;
mod message;
mod reply;
mod request;
mod retrieval;
mod stream;
#[cfg(test)]
mod tests;
mod unsupported;
mod writing;

pub use http::{ChatState, routes};
