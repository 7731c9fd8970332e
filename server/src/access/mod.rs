//! Who may do what.
//!
//! credential -> [`Caller`] (an [`Actor`] working in one organisation with a [`ScopeSet`]) ->
//! [`Authorized`]: the proof, made only by a successful check, that handlers ask for by type, so that a
//! route without its check does not compile.

mod authorized;
mod cache;
mod caller;
mod client_secret;
mod requester;
mod role;
mod scope;

pub use authorized::{Authorized, Permission, permission};
pub use cache::{CallerCache, Remembered};
pub use caller::{Actor, Caller};
pub use client_secret::ClientSecret;
pub use requester::Requester;
pub use role::Role;
pub use scope::{Scope, ScopeSet};
