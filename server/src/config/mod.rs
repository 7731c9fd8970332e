//! Settings: defaults, then a TOML file, then the environment, then command-line options.
//!
//! Each section has its own file. `LOCUTOR_<SECTION>__<SETTING>` sets any of them from the
//! environment, e.g. `LOCUTOR_LIMITS__UPLOAD_BYTES=1000000`; unknown names are errors, so that
//! a typing mistake does not silently leave a default in place.

mod audit;
mod data;
mod database;
mod engine;
mod limits;
mod load;
mod log;
mod secret;
mod server;
mod usage;

use serde::{Deserialize, Serialize};

pub use audit::AuditSettings;
pub use data::Data;
pub use database::DatabaseSettings;
pub use engine::EngineSettings;
pub use limits::Limits;
pub use load::Overrides;
pub use log::{Log, LogFormat};
pub use secret::Secret;
pub use server::Server;
pub use usage::UsageSettings;

/// All settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Configuration {
    /// Network.
    pub server: Server,
    /// Where data lies.
    pub data: Data,
    /// Where rows are kept.
    pub database: DatabaseSettings,
    /// Models, threads, queues.
    pub engine: EngineSettings,
    /// Largest requests.
    pub limits: Limits,
    /// The record of what was done.
    pub audit: AuditSettings,
    /// Sums of what was used.
    pub usage: UsageSettings,
    /// Logging.
    pub log: Log,
}
