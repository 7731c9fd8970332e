//! Section `[audit]`: the record of what was done.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The record of what was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuditSettings {
    /// Days after which events are removed; 0 keeps them for ever.
    pub keep_days: u32,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self { keep_days: 365 }
    }
}
