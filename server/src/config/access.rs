//! Section `[access]`: addresses and countries that may or may not come in.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::features::access_rules::{Mode, Rule};

/// Addresses and countries that may or may not come in. Rules of the admin interface add to these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AccessSettings {
    /// `enforce`, or `dry_run` to only log and count what would be refused.
    pub mode: Mode,
    /// MMDB file that tells an address's country, e.g. GeoLite2-Country.mmdb; rules about countries need it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "path")]
    pub country_database: Option<PathBuf>,
    /// Rules, each with a heading of its own, `[[access.rules]]`. Any `deny` that matches refuses.
    pub rules: Vec<Rule>,
}
