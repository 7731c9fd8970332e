//! The interface's version: a date in the header `Api-Version`.
//!
//! A request names the version it was written for, or means the newest. The handlers speak only the
//! newest one: on its way in an older request is translated step by step up to it ([`Translation`],
//! applied by [`crate::http::Json`]), and on its way out the reply is translated back by the layer.
//! What will go away is listed in [`registry`], and every reply that still uses it says so and links
//! to a guide ([`guides`]).

mod deprecation;
pub mod guides;
mod key_scopes;
mod layer;
mod registry;
#[cfg(test)]
mod tests;
mod transform;

pub use deprecation::is_deprecated;
pub use layer::version;
pub use registry::Version;
pub use transform::Translation;
