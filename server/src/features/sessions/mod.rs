//! Sessions: begun by a login, kept by refreshing, ended.
//!
//! login ([`Login`]: guard -> password -> second factor) -> a family of refresh tokens
//! ([`Families`]) -> access tokens ([`SignedTokens`]) -> at every request a
//! [`Caller`](crate::access::Caller).
//!
//! A refresh token works once and leaves a child. One that comes a second time was copied: then
//! the whole family ends and its owner is told, except within ten seconds, when more likely the
//! reply was lost; then it gets the same child again.

mod authenticator;
mod devices;
mod families;
mod guard;
mod http;
mod login;
mod refresh;
mod store;
#[cfg(test)]
mod tests;
mod tokens;
mod view;

pub use authenticator::Authenticator;
pub use families::Families;
pub use http::{SessionState, routes};
pub use login::{Credentials, Login};
pub use refresh::TokenPair;
pub use tokens::SignedTokens;
pub use view::Session;
