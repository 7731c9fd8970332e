//! API keys: made, listed, revoked, and checked at every request.
//!
//! A key is `loc_<prefix>_<secret>`: 60 random bits to find it by, 256 to prove it. Only the
//! SHA-256 digest of the whole is kept; with that much entropy a slow hash would add nothing. A
//! key works in one organisation, with the scopes it was given, until it expires.

mod http;
mod secret;
mod service;
mod store;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod version_tests;
mod view;

pub use http::routes;
pub use service::{KeyService, NewKey, ValidKey};
pub use view::{CreatedKey, Key, KeyPage};
