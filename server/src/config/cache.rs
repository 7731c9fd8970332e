//! Section `[cache]`: what is kept in memory to save work.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is kept in memory to save work. With `[redis]` it is kept there instead, within what that allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CacheSettings {
    /// Most bytes in this process.
    pub bytes: u64,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { bytes: 64 << 20 }
    }
}
