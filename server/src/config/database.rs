//! Section `[database]`: where rows are kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Secret;

/// Where rows are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseSettings {
    /// A PostgreSQL server as `postgres://user:password@host/database`; absent: SQLite in the data folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Secret>,
    /// Most connections; with SQLite, those that read.
    pub connections: u32,
    /// Seconds to wait for a free connection before a request fails with 503.
    pub acquire_seconds: u64,
    /// Seconds that one statement may take on PostgreSQL.
    pub statement_seconds: u64,
    /// Milliseconds after which a statement is logged as slow.
    pub slow_milliseconds: u64,
    /// Whether `serve` brings an older schema up to date; `locutor migrate` does so in any case.
    pub migrate: bool,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: None,
            connections: 16,
            acquire_seconds: 5,
            statement_seconds: 30,
            slow_milliseconds: 500,
            migrate: true,
        }
    }
}
