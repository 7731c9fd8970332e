//! What all routes share: request bodies in, errors out, and the layers around every request.
//!
//! A handler returns `Result<_, Fault>`. The [`render`] layer writes a fault as OpenAI's clients
//! expect it below `/v1`, and as RFC 9457 `application/problem+json` everywhere else.

mod access;
mod account_pages;
mod body_limit;
pub mod caching;
mod client_address;
pub mod cookies;
mod cors;
pub mod csrf;
mod docs;
mod edge;
mod engine_fault;
mod extract;
mod fault;
mod form;
mod layers;
mod mailed_token;
mod measure;
mod media_type;
pub mod openapi;
mod origin;
mod pace;
mod path_rule;
mod pointer;
mod rate_limit;
mod render;
mod request_id;
mod rules;
mod security_headers;
pub mod serve;
mod share;
mod stopping;
pub mod text;
mod unread;
mod upload;
pub mod version;

pub use access::{AccessState, OpenRoutes};
pub use account_pages::account_pages;
pub use body_limit::{BodyLimit, form_fault, limit_body};
pub use cors::cors_layer;
pub use docs::docs;
pub use edge::Edge;
#[cfg(test)]
pub use extract::parse_json;
pub use extract::{Json, Page, Path, Query, given, present, validated};
pub use fault::{Fault, FieldError, Place};
pub use form::{form_text, is_form, read_form};
pub use layers::{Inner, wrap};
pub use mailed_token::MailedToken;
pub use measure::{Measurements, method_label};
pub use origin::{ClientAddress, Origin};
pub use rate_limit::RateLimiting;
pub use render::openai_error;
pub use rules::between;
pub use security_headers::{Nonce, Secure};
pub use stopping::{Stopping, stopped};
pub use text::{EmailAddress, Line};
pub use upload::receive_upload;
