//! Time.

use jiff::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now; consecutive calls never go backwards by more than the system clock is corrected.
    fn now(&self) -> Timestamp;
}
