//! Is the process alive, can it serve, and how is it doing.

mod http;

pub use http::{HealthState, routes};
