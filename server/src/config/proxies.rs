//! Section `[proxies]`: who stands between clients and this server.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who stands between clients and this server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProxySettings {
    /// Networks of proxies, e.g. `10.0.0.0/8`, whose word about a client's address (`X-Forwarded-For`)
    /// is believed. Empty: the address of the connection counts.
    #[schema(value_type = Vec<String>, format = "network")]
    pub trusted: Vec<IpNet>,
}
