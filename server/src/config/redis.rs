//! Section `[redis]`: what several processes share.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Secret;

/// What several processes share: the cache and rate limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RedisSettings {
    /// A Redis server as `redis://user:password@host:port/0` or `redis+unix:///path/of/the/socket`;
    /// absent: each process keeps its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Secret>,
    /// What all keys begin with; installations that share a server need different ones.
    pub prefix: String,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self {
            url: None,
            prefix: "locutor".into(),
        }
    }
}
