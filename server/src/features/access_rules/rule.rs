//! One rule, as in the configuration and in requests.

use std::{fmt, net::IpAddr};

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use super::RouteGroup;

/// What a rule does with those it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// They come in, and others need a rule too.
    Allow,
    /// They are refused, whatever else allows them.
    Deny,
}

impl Effect {
    /// As in JSON and in rows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }

    /// The effect of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Allow, Self::Deny]
            .into_iter()
            .find(|effect| effect.name() == name)
    }
}

/// Whom a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Addresses of a network.
    Network(IpNet),
    /// Addresses of a country, as two capital letters (ISO 3166-1).
    Country([u8; 2]),
}

impl Subject {
    /// A network such as `203.0.113.0/24`, or one address.
    pub fn network(text: &str) -> Option<Self> {
        let network = text.parse::<IpNet>();
        let network = network
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
            .ok()?;
        Some(Self::Network(canonical(network)))
    }

    /// A country such as `PT`.
    pub fn country(text: &str) -> Option<Self> {
        let code: [u8; 2] = text.as_bytes().try_into().ok()?;
        let letters = code.iter().all(u8::is_ascii_alphabetic);
        letters.then(|| Self::Country(code.map(|letter| letter.to_ascii_uppercase())))
    }

    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::country(text).or_else(|| Self::network(text))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) => network.fmt(formatter),
            Self::Country([first, second]) => {
                write!(formatter, "{}{}", char::from(*first), char::from(*second))
            }
        }
    }
}

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Rule {
    /// Which routes.
    pub group: RouteGroup,
    /// What happens.
    pub effect: Effect,
    /// To whom.
    pub subject: Subject,
}

/// A rule as it is written: with either a network or a country.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Which routes; absent: all.
    #[serde(default)]
    group: RouteGroup,
    /// What happens to those whom the rule matches. Where something is allowed, nobody else may come in.
    effect: Effect,
    /// A network, e.g. `203.0.113.0/24`, or one address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    network: Option<String>,
    /// A country instead, as two letters (ISO 3166-1), e.g. `PT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    country: Option<String>,
}

/// As it is written.
impl PartialSchema for Rule {
    fn schema() -> RefOr<Schema> {
        Written::schema()
    }
}

impl ToSchema for Rule {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Written::schemas(schemas);
    }
}

impl TryFrom<Written> for Rule {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let subject = match (&written.network, &written.country) {
            (Some(network), None) => Subject::network(network)
                .ok_or_else(|| format!("`{network}` is no network; write e.g. `203.0.113.0/24`"))?,
            (None, Some(country)) => Subject::country(country).ok_or_else(|| {
                format!("`{country}` is no country; write two letters, e.g. `PT`")
            })?,
            _ => return Err("a rule has either a `network` or a `country`".to_owned()),
        };
        Ok(Self {
            group: written.group,
            effect: written.effect,
            subject,
        })
    }
}

impl From<Rule> for Written {
    fn from(rule: Rule) -> Self {
        let text = rule.subject.to_string();
        let (network, country) = match rule.subject {
            Subject::Network(_) => (Some(text), None),
            Subject::Country(_) => (None, Some(text)),
        };
        Self {
            group: rule.group,
            effect: rule.effect,
            network,
            country,
        }
    }
}

/// Without bits behind the prefix, and IPv4 networks that are written as IPv6 as what they are:
/// addresses are looked at in that form.
fn canonical(network: IpNet) -> IpNet {
    if let IpNet::V6(wide) = network
        && let Some(address) = wide.addr().to_ipv4_mapped()
        && let Some(bits) = wide.prefix_len().checked_sub(96)
        && let Ok(narrow) = Ipv4Net::new(address, bits)
    {
        return IpNet::V4(narrow.trunc());
    }
    network.trunc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_have_one_form() {
        let form = |text| Subject::parse(text).map(|subject| subject.to_string());
        assert_eq!(form("203.0.113.7/24").as_deref(), Some("203.0.113.0/24"));
        assert_eq!(form("203.0.113.7").as_deref(), Some("203.0.113.7/32"));
        assert_eq!(
            form("::ffff:203.0.113.7/120").as_deref(),
            Some("203.0.113.0/24")
        );
        assert_eq!(form("::/0").as_deref(), Some("::/0"));
        assert_eq!(form("pt").as_deref(), Some("PT"));
        for wrong in ["", "P", "PRT", "P1", "203.0.113.0/33", "host"] {
            assert_eq!(form(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn rules_are_read_from_the_configuration() {
        let text = "group = 'admin'\neffect = 'allow'\nnetwork = '10.0.0.0/8'";
        let rule: Rule = toml::from_str(text).unwrap();
        assert_eq!(rule.group, RouteGroup::Admin);
        assert_eq!(
            toml::from_str::<Rule>(&toml::to_string(&rule).unwrap()).unwrap(),
            rule
        );
        for wrong in [
            "effect = 'allow'",
            "effect = 'deny'\nnetwork = '10.0.0.0/8'\ncountry = 'PT'",
            "effect = 'deny'\ncountry = 'Portugal'",
            "effect = 'deny'\ncountry = 'PT'\nnote = 'x'",
        ] {
            assert!(toml::from_str::<Rule>(wrong).is_err(), "{wrong}");
        }
    }
}
