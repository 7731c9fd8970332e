//! API keys: made, listed, revoked, and checked at every request.
//!
//! A key is `loc_<prefix>_<secret>`: 60 random bits to find it by, 256 to prove it. Only the
//! SHA-256 digest of the whole is kept; with that much entropy a slow hash would add nothing.

mod http;
mod secret;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use http::routes;
pub use service::{CreatedKey, Key, KeyService, Role};
