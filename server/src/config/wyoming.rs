//! Section `[wyoming]`: voice assistants that speak the Wyoming protocol, such as Home Assistant.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Voice assistants that speak the Wyoming protocol, such as Home Assistant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WyomingSettings {
    /// Address and port, such as `0.0.0.0:10300`; absent: it is not served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// Networks that may connect. The protocol has neither keys nor encryption: whoever is let in may have speech
    /// heard and spoken. Behind a proxy or a container's network all seem to come from inside.
    #[schema(value_type = Vec<String>, format = "network")]
    pub networks: Vec<IpNet>,
    /// Connections at the same time.
    pub connections: usize,
    /// Requests that are heard or spoken at the same time.
    pub requests: usize,
}

impl Default for WyomingSettings {
    fn default() -> Self {
        let private = [
            "127.0.0.0/8",
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
        ];
        Self {
            listen: None,
            networks: private
                .iter()
                .filter_map(|network| network.parse().ok())
                .collect(),
            connections: 32,
            requests: 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_networks_may_connect_and_no_others() {
        let settings = WyomingSettings::default();
        assert_eq!(settings.networks.len(), 7);
        let admitted = |address: &str| {
            let address: std::net::IpAddr = address.parse().unwrap();
            settings
                .networks
                .iter()
                .any(|network| network.contains(&address))
        };
        assert!(
            ["127.0.0.1", "192.168.3.4", "fd12::1"]
                .into_iter()
                .all(admitted)
        );
        assert!(
            !["8.8.8.8", "172.32.0.1", "2001:db8::1"]
                .into_iter()
                .any(admitted)
        );
    }
}
