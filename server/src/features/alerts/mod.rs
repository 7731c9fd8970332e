//! Alerts: rules that tell people and programs when the server needs them.
//!
//! An administrator makes a rule ([`http`]) -> once a minute [`EvaluateJob`] measures what it asks about, from
//! the sums of usage and from the queue ([`measure`]) -> where its state changes, one transaction writes that
//! down and queues letters and web hooks ([`notice`]) -> [`WebHookJob`] signs and posts ([`deliver`]), to
//! addresses that it may reach ([`address`]).
//!
//! So everybody is told once when a rule begins to fire and once when that is over. A rule that cannot be
//! evaluated keeps its state and shows why.

mod address;
mod condition;
mod definition;
mod deliver;
mod error;
mod evaluate;
mod http;
mod measure;
mod notice;
mod request;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;
mod webhook;

pub use error::AlertError;
pub use evaluate::EvaluateJob;
pub use http::routes;
pub use service::AlertService;
pub use webhook::WebHookJob;
