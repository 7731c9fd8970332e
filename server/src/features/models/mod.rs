//! Which models there are, and which one a request means.

mod http;
mod service;

pub use http::routes;
pub use service::{Kind, ModelService, choose_defaults, missing_defaults};
