//! The audit log: who did what, on what, from where and with what result.
//!
//! A use case gives an event to [`AuditLog`] (the port [`Audit`](crate::ports::Audit)) in its own
//! transaction -> secrets are taken out -> the event's hash builds on the one before (`chain`) ->
//! row and end of the chain are written. [`AuditService`] reads, exports and verifies; old events
//! leave behind a sealed checkpoint, from which the rest still verifies (`retention`).

mod chain;
mod error;
mod export;
mod filter;
mod http;
mod log;
mod redact;
mod retention;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod verify;
mod view;

pub use chain::AuditKey;
pub use error::AuditError;
pub use filter::{ExportFormat, Filter};
pub use http::routes;
pub use log::AuditLog;
pub use service::AuditService;
pub use verify::{Anchor, ChainFault, Verification};
pub use view::Event;
