//! What all routes share: request bodies in, errors out, and the layers around every request.
//!
//! A handler returns `Result<_, Fault>`. The [`render`] layer writes a fault as OpenAI's clients
//! expect it below `/v1`, and as RFC 9457 `application/problem+json` everywhere else.

mod access;
mod engine_fault;
mod extract;
mod fault;
mod layers;
mod measure;
pub mod openapi;
mod render;
mod version;

pub use access::{Caller, authenticate};
pub use extract::{Json, Path, Query, parse_json};
pub use fault::{Fault, FieldError};
pub use layers::wrap;
pub use measure::Measurements;
