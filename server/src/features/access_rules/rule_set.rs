//! All rules together, and what they say about an address: pure, no database and no network.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Effect, RouteGroup, Rule, Subject};

/// What happens to those whom the rules refuse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// They get 403.
    #[default]
    Enforce,
    /// They are only logged and counted.
    DryRun,
}

impl Mode {
    /// As in JSON and in rows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::DryRun => "dry_run",
        }
    }

    /// The mode of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Enforce, Self::DryRun]
            .into_iter()
            .find(|mode| mode.name() == name)
    }
}

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A rule of this group denies it.
    Denied(RouteGroup),
    /// This group allows only others.
    NotAllowed(RouteGroup),
}

impl Refusal {
    /// The group whose rules refuse.
    pub fn group(self) -> RouteGroup {
        match self {
            Self::Denied(group) | Self::NotAllowed(group) => group,
        }
    }
}

/// All rules together.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    /// What happens to those whom they refuse.
    pub mode: Mode,
    groups: [Lists; RouteGroup::ALL.len()],
}

#[derive(Debug, Clone, Default)]
struct Lists {
    allow: Subjects,
    deny: Subjects,
}

#[derive(Debug, Clone, Default)]
struct Subjects {
    networks: Vec<IpNet>,
    countries: Vec<[u8; 2]>,
}

impl RuleSet {
    /// These rules, sorted by what they are about.
    pub fn new(mode: Mode, rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut set = Self {
            mode,
            ..Self::default()
        };
        for rule in rules {
            let lists = &mut set.groups[rule.group as usize];
            let subjects = match rule.effect {
                Effect::Allow => &mut lists.allow,
                Effect::Deny => &mut lists.deny,
            };
            match rule.subject {
                Subject::Network(network) => subjects.networks.push(network),
                Subject::Country(country) => subjects.countries.push(country),
            }
        }
        set
    }

    /// Why this address may not come to this path, if it may not. The country is only looked up when
    /// a rule needs it; one that is unknown matches none.
    pub fn refusal(
        &self,
        address: IpAddr,
        path: &str,
        country: impl Fn(IpAddr) -> Option<[u8; 2]>,
    ) -> Option<Refusal> {
        let address = address.to_canonical();
        if address.is_loopback() {
            return None;
        }
        let own = RouteGroup::of(path);
        let groups = [
            Some(RouteGroup::All),
            (own != RouteGroup::All).then_some(own),
        ];
        let groups = || {
            groups
                .into_iter()
                .flatten()
                .map(|group| (group, self.lists(group)))
        };
        let matches = |subjects: &Subjects| subjects.matches(address, &country);
        groups()
            .find(|(_, lists)| matches(&lists.deny))
            .map(|(group, _)| Refusal::Denied(group))
            .or_else(|| {
                groups()
                    .find(|(_, lists)| !lists.allow.is_empty() && !matches(&lists.allow))
                    .map(|(group, _)| Refusal::NotAllowed(group))
            })
    }

    fn lists(&self, group: RouteGroup) -> &Lists {
        &self.groups[group as usize]
    }
}

impl Subjects {
    fn is_empty(&self) -> bool {
        self.networks.is_empty() && self.countries.is_empty()
    }

    fn matches(&self, address: IpAddr, country: &impl Fn(IpAddr) -> Option<[u8; 2]>) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(&address))
            || (!self.countries.is_empty()
                && country(address).is_some_and(|country| self.countries.contains(&country)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(group: RouteGroup, effect: Effect, subject: &str) -> Rule {
        Rule {
            group,
            effect,
            subject: Subject::parse(subject).unwrap(),
        }
    }

    /// 203.0.0.0/8 is Portugal, the rest is nowhere.
    fn country(address: IpAddr) -> Option<[u8; 2]> {
        address.to_string().starts_with("203.").then_some(*b"PT")
    }

    fn refusal(rules: &[Rule], address: &str, path: &str) -> Option<Refusal> {
        let set = RuleSet::new(Mode::Enforce, rules.iter().copied());
        set.refusal(address.parse().unwrap(), path, country)
    }

    #[test]
    fn deny_beats_allow_and_allow_excludes_the_rest() {
        use {Effect::*, RouteGroup::*};
        let rules = [
            rule(All, Deny, "198.51.100.0/24"),
            rule(All, Deny, "2001:db8:bad::/48"),
            rule(Admin, Allow, "10.0.0.0/8"),
            rule(Admin, Allow, "198.51.100.7"),
            rule(Auth, Allow, "PT"),
            rule(Engine, Deny, "PT"),
        ];
        let cases = [
            ("192.0.2.1", "/documents", None),
            ("198.51.100.7", "/documents", Some(Refusal::Denied(All))),
            ("198.51.100.7", "/admin/keys", Some(Refusal::Denied(All))),
            ("2001:db8:bad::1", "/", Some(Refusal::Denied(All))),
            ("10.1.2.3", "/admin/keys", None),
            ("::ffff:10.1.2.3", "/admin/keys", None),
            ("192.0.2.1", "/admin/keys", Some(Refusal::NotAllowed(Admin))),
            ("203.0.113.7", "/auth/login", None),
            ("192.0.2.1", "/auth/login", Some(Refusal::NotAllowed(Auth))),
            ("203.0.113.7", "/v1/models", Some(Refusal::Denied(Engine))),
            ("192.0.2.1", "/v1/models", None),
        ];
        for (address, path, outcome) in cases {
            assert_eq!(refusal(&rules, address, path), outcome, "{address} {path}");
        }
    }

    #[test]
    fn loopback_always_comes_in() {
        let rules = [
            rule(RouteGroup::All, Effect::Deny, "0.0.0.0/0"),
            rule(RouteGroup::All, Effect::Deny, "::/0"),
        ];
        for address in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(refusal(&rules, address, "/admin/keys"), None);
        }
        for address in ["192.0.2.1", "2001:db8::1"] {
            assert!(refusal(&rules, address, "/admin/keys").is_some());
        }
    }

    proptest! {
        #[test]
        fn another_deny_never_lets_anybody_in(
            address in any::<IpAddr>(), network in any::<(IpAddr, u8)>(), allow in any::<bool>()
        ) {
            let network = IpNet::new(network.0, network.1 % 33).unwrap();
            let subject = Subject::network(&network.to_string()).unwrap();
            let effect = if allow { Effect::Allow } else { Effect::Deny };
            let rule = Rule { group: RouteGroup::All, effect, subject };
            let deny = Rule { effect: Effect::Deny, ..rule };
            let few = RuleSet::new(Mode::Enforce, [rule]);
            let more = RuleSet::new(Mode::Enforce, [rule, deny]);
            let refused = |set: &RuleSet| set.refusal(address, "/", |_| None).is_some();
            prop_assert!(!refused(&few) || refused(&more));
        }
    }
}
