//! Section `[cors]`: pages of other origins that may call this server from a browser.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Pages of other origins that may call this server from a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CorsSettings {
    /// Origins as a browser sends them, e.g. `https://app.example.com`; `*` is every origin. Empty: none.
    pub origins: Vec<String>,
    /// Whether those pages may send cookies. Their requests must pass `[csrf] origins` too.
    pub credentials: bool,
    /// Seconds for which a browser may keep the answer.
    pub max_age: u64,
}

impl Default for CorsSettings {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            credentials: false,
            max_age: 600,
        }
    }
}
