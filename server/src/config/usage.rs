//! Section `[usage]`: sums of what was used.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Sums of what was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UsageSettings {
    /// Days after which sums are removed; 0 keeps them for ever.
    pub keep_days: u32,
}

impl Default for UsageSettings {
    fn default() -> Self {
        Self { keep_days: 90 }
    }
}
