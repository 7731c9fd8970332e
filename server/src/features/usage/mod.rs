//! Usage: who used which route how much, and what failed.
//!
//! every request -> the layer [`count`] -> sums in memory, by minute (`tally`) -> every few seconds
//! and at the stop one transaction adds them to the rows (`store`) -> `/admin/usage` and
//! `/admin/errors` read those. A process that is killed loses the sums of some seconds.

mod http;
mod layer;
mod query;
mod service;
mod store;
mod tally;
#[cfg(test)]
mod tests;
mod window;

pub use http::routes;
pub use layer::{count, note_caller};
pub use service::UsageService;
pub use window::{UsageWindow, WindowSums};
