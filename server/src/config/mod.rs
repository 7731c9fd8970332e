//! Settings: defaults, then a TOML file, then the environment, then command-line options.
//!
//! Each section has its own file. `LOCUTOR_<SECTION>__<SETTING>` sets any of them from the
//! environment, e.g. `LOCUTOR_LIMITS__UPLOAD_BYTES=1000000`; unknown names are errors, so that
//! a typing mistake does not silently leave a default in place.

mod access;
mod alerts;
mod audit;
mod auth;
mod base_url;
mod cache;
mod cors;
mod csrf;
mod data;
mod database;
mod engine;
mod inspect;
mod jobs;
mod limits;
mod load;
mod log;
mod mail;
mod print;
mod proxies;
mod rate_limits;
mod redis;
mod reference;
mod secret;
mod server;
mod setting;
mod telemetry;
mod tls;
mod usage;
mod wyoming;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use access::AccessSettings;
pub use alerts::AlertSettings;
pub use audit::AuditSettings;
pub use auth::{Auth, PasswordRules, Registration};
pub use base_url::is_base_url;
pub use cache::CacheSettings;
pub use cors::CorsSettings;
pub use csrf::CsrfSettings;
pub use data::Data;
pub use database::DatabaseSettings;
pub use engine::EngineSettings;
pub use jobs::JobSettings;
pub use limits::Limits;
pub use load::Overrides;
pub use log::{Log, LogFormat};
pub use mail::{MailSecurity, MailSettings, MailTransport};
pub use proxies::ProxySettings;
pub use rate_limits::{Rate, RateLimits};
pub use redis::RedisSettings;
pub use secret::Secret;
pub use server::Server;
pub use telemetry::TelemetrySettings;
pub use tls::TlsSettings;
pub use usage::UsageSettings;
pub use wyoming::WyomingSettings;

/// All settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Configuration {
    /// Network.
    pub server: Server,
    /// The certificate.
    pub tls: TlsSettings,
    /// Proxies in front.
    pub proxies: ProxySettings,
    /// Pages of other origins.
    pub cors: CorsSettings,
    /// Protection of session cookies.
    pub csrf: CsrfSettings,
    /// Addresses and countries.
    pub access: AccessSettings,
    /// Where data lies.
    pub data: Data,
    /// Where rows are kept.
    pub database: DatabaseSettings,
    /// Accounts, passwords and sessions.
    pub auth: Auth,
    /// How often somebody may do something.
    pub rate_limits: RateLimits,
    /// Models, threads, queues.
    pub engine: EngineSettings,
    /// Background work.
    pub jobs: JobSettings,
    /// Largest requests.
    pub limits: Limits,
    /// Voice assistants.
    pub wyoming: WyomingSettings,
    /// The record of what was done.
    pub audit: AuditSettings,
    /// Sums of what was used.
    pub usage: UsageSettings,
    /// Alerts.
    pub alerts: AlertSettings,
    /// Logging.
    pub log: Log,
    /// Where traces go.
    pub telemetry: TelemetrySettings,
    /// What is kept in memory to save work.
    pub cache: CacheSettings,
    /// What several processes share.
    pub redis: RedisSettings,
    /// How mail leaves.
    pub mail: MailSettings,
}
