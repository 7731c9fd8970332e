//! Section `[jobs]`: background work such as mail, clean-up and alerts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Background work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct JobSettings {
    /// Jobs that one process does at the same time.
    pub workers: usize,
    /// Whether `serve` does jobs too; without it, run `locutor worker` somewhere.
    pub run_in_server: bool,
    /// Seconds that running jobs may take to finish after a signal to stop; others start again elsewhere.
    pub stop_seconds: u64,
    /// Days until jobs that were done or cancelled are deleted.
    pub keep_days: u32,
    /// Days until jobs that failed for good are deleted.
    pub keep_dead_days: u32,
}

impl Default for JobSettings {
    fn default() -> Self {
        Self {
            workers: 4,
            run_in_server: true,
            stop_seconds: 10,
            keep_days: 7,
            keep_dead_days: 90,
        }
    }
}
