//! Who may connect: the networks of the configuration, the access rules, and so many connections.

use std::net::IpAddr;

use ipnet::IpNet;
use metrics::counter;

use crate::{
    config::WyomingSettings,
    features::{
        access_rules::Gate,
        live::{Full, Permission, Place, Places, too_many},
    },
    http::{ClientAddress, Fault, RateLimiting},
};

/// Which access rules are about assistants: those about the engine, which is what they use.
const PATH: &str = "/v1";

/// Who may connect.
pub struct Admission {
    networks: Vec<IpNet>,
    gate: Gate,
    limiting: RateLimiting,
    connections: Places,
}

impl Admission {
    /// As configured.
    pub fn new(settings: &WyomingSettings, gate: Gate, limiting: RateLimiting) -> Self {
        Self {
            networks: settings.networks.clone(),
            gate,
            limiting,
            connections: Places::new(settings.connections, settings.connections_per_address),
        }
    }

    /// Whether an address is in a network that may connect at all.
    pub fn knows(&self, address: IpAddr) -> bool {
        let known = self
            .networks
            .iter()
            .any(|network| network.contains(&address));
        if !known {
            counter!("locutor_wyoming_refused_total", "why" => "network").increment(1);
            tracing::debug!(%address, "an assistant's address is not in `wyoming.networks`");
        }
        known
    }

    /// Lets an address in that is [known](Self::knows).
    ///
    /// # Errors
    /// What to tell it instead.
    pub async fn admit(&self, address: IpAddr) -> Result<Place, Fault> {
        let outcome = self.check(address).await;
        outcome.map_err(|(why, fault)| {
            counter!("locutor_wyoming_refused_total", "why" => why).increment(1);
            tracing::debug!(%address, why, "the connection of an assistant is refused");
            fault
        })
    }

    /// What an address was let in by, to be looked at again.
    pub fn permission(&self, address: IpAddr) -> Permission {
        Permission {
            gate: self.gate.clone(),
            address,
            path: PATH.to_owned(),
            bearer: None,
        }
    }

    async fn check(&self, address: IpAddr) -> Result<Place, (&'static str, Fault)> {
        let ruled = self.gate.admit(address, PATH);
        ruled.map_err(|fault| ("rules", fault))?;
        let address = ClientAddress(address);
        let place = self.connections.take(address.into());
        let place = place.map_err(|full| ("connections", too_many_connections(full)))?;
        let paced = self.limiting.assistant(address).await;
        paced.map_err(|fault| ("rate", fault))?;
        Ok(place)
    }
}

fn too_many_connections(full: Full) -> Fault {
    too_many(match full {
        Full::All => "as many connections as `wyoming.connections` allows; try again later",
        Full::OfHolder => {
            "as many connections of one address as `wyoming.connections_per_address` allows; close one"
        }
    })
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::*;
    use crate::{
        adapters::{MemoryRateLimiter, SettableClock},
        config::{AccessSettings, RateLimits},
    };

    fn admission(rules: &str, settings: &WyomingSettings, rate: &str) -> Admission {
        let rules: AccessSettings = toml::from_str(rules).unwrap();
        let limits = RateLimits {
            assistant: rate.parse().unwrap(),
            ..RateLimits::default()
        };
        let limiter = MemoryRateLimiter::new(Arc::new(SettableClock::default()));
        let limiting = RateLimiting::new(Arc::new(limiter), Arc::new(limits));
        Admission::new(settings, Gate::new(&rules).unwrap(), limiting)
    }

    async fn code(admission: &Admission, address: &str) -> Option<&'static str> {
        let outcome = admission.admit(address.parse().unwrap()).await;
        outcome.err().map(|fault| fault.code)
    }

    #[tokio::test]
    async fn access_rules_hold_for_assistants() {
        let denied = "[[rules]]\ngroup = 'engine'\neffect = 'deny'\nnetwork = '192.168.3.0/24'";
        let admission = admission(denied, &WyomingSettings::default(), "off");
        assert_eq!(
            code(&admission, "192.168.3.4").await,
            Some("address_refused")
        );
        assert_eq!(code(&admission, "192.168.4.4").await, None);
        assert!(admission.knows("192.168.4.4".parse().unwrap()));
        assert!(!admission.knows("8.8.8.8".parse().unwrap()));
    }

    #[tokio::test]
    async fn an_open_connection_ends_with_a_new_rule() {
        let admission = admission("", &WyomingSettings::default(), "off");
        let address = "192.168.3.4".parse().unwrap();
        let mut watch = admission
            .permission(address)
            .watch(Duration::from_millis(5));
        let early = tokio::time::timeout(Duration::from_millis(50), watch.refusal());
        assert!(early.await.is_err());
        let rule = toml::from_str("effect = 'deny'\nnetwork = '192.168.3.0/24'").unwrap();
        admission.gate.replace(admission.gate.combine(None, [rule]));
        assert_eq!(watch.refusal().await.code, "address_refused");
    }

    #[tokio::test]
    async fn one_address_has_so_many_connections_and_so_often() {
        let few = WyomingSettings {
            connections: 3,
            connections_per_address: 2,
            ..WyomingSettings::default()
        };
        let admission = admission("", &few, "3/minute");
        let address = "192.168.3.4".parse().unwrap();
        let first = admission.admit(address).await.ok();
        let second = admission.admit(address).await.ok();
        assert!(first.is_some() && second.is_some());
        assert_eq!(
            code(&admission, "192.168.3.4").await,
            Some("too_many_streams")
        );
        drop((first, second));
        assert_eq!(code(&admission, "192.168.3.4").await, None);
        assert_eq!(code(&admission, "192.168.3.4").await, Some("rate_limited"));
        assert_eq!(code(&admission, "192.168.3.5").await, None);
    }
}
