//! What clients and this server may keep of replies.
//!
//! - [`conditional`]: a layer that gives JSON replies to GET an entity tag, answers 304 to whoever has the
//!   reply already, and says in `Cache-Control` who may keep what ([`policy`]).
//! - [`Precondition`]: lets a handler refuse to change what somebody else changed in the meantime.
//! - [`ResponseCache`]: keeps some replies on the server, for the principal they were made for.

mod conditional;
mod entity_tag;
mod invalidation;
mod policy;
pub mod precondition;
mod response_cache;
mod route;
mod stored;
#[cfg(test)]
mod tests;

pub use conditional::{conditional, last_modified};
pub use policy::shows_entity_tag;
pub use precondition::Precondition;
pub use response_cache::{ResponseCache, cache_replies};
