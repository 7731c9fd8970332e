//! Section `[wyoming]`: voice assistants that speak the Wyoming protocol, such as Home Assistant.

use std::net::IpAddr;

use anyhow::ensure;
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
    /// Whether other machines than this one may use it without a key, which the protocol cannot ask for. To listen on
    /// more than a loopback address it must be `true`.
    pub anonymous: bool,
    /// Networks that may connect. The protocol has neither keys nor encryption: whoever is let in may have speech
    /// heard and spoken. Behind a proxy or a container's network all seem to come from inside.
    #[schema(value_type = Vec<String>, format = "network")]
    pub networks: Vec<IpNet>,
    /// Connections at the same time.
    pub connections: usize,
    /// Connections from one address at the same time.
    pub connections_per_address: usize,
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
            anonymous: false,
            networks: private
                .iter()
                .filter_map(|network| network.parse().ok())
                .collect(),
            connections: 32,
            connections_per_address: 16,
            requests: 4,
        }
    }
}

impl WyomingSettings {
    /// Whether it was decided who may use it: all other routes ask for a key, this one cannot.
    ///
    /// # Errors
    /// When it would be open to other machines without anybody having said so.
    pub fn check_openness(&self) -> anyhow::Result<()> {
        let Some(address) = &self.listen else {
            return Ok(());
        };
        ensure!(
            self.anonymous || is_loopback(address),
            "wyoming.listen: other machines reach `{address}`, and the Wyoming protocol cannot ask them for a key; \
             set `wyoming.anonymous = true` if everybody in `wyoming.networks` may have speech heard and spoken, \
             or listen on 127.0.0.1"
        );
        Ok(())
    }
}

fn is_loopback(address: &str) -> bool {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_networks_may_connect_and_no_others() {
        let settings = WyomingSettings::default();
        assert_eq!(settings.networks.len(), 7);
        let admitted = |address: &str| {
            let address: IpAddr = address.parse().unwrap();
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

    #[test]
    fn other_machines_are_let_in_only_by_decision() {
        let listens = |address: &str, anonymous| {
            let settings = WyomingSettings {
                listen: Some(address.to_owned()),
                anonymous,
                ..WyomingSettings::default()
            };
            settings.check_openness()
        };
        for own in [
            "127.0.0.1:0",
            "[::1]:10300",
            "localhost:10300",
            "[::ffff:127.0.0.1]:1",
        ] {
            assert!(listens(own, false).is_ok(), "{own}");
        }
        for open in [
            "0.0.0.0:10300",
            "[::]:10300",
            "192.168.0.2:1",
            "speech.example.org:10300",
        ] {
            let refused = listens(open, false).unwrap_err().to_string();
            assert!(refused.contains("wyoming.anonymous"), "{refused}");
            assert!(listens(open, true).is_ok(), "{open}");
        }
        assert!(WyomingSettings::default().check_openness().is_ok());
    }
}
