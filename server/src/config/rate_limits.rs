//! Section `[rate_limits]`: how often somebody may do something.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

use crate::ports::Quota;

/// How often somebody may do something, each as `permits/period`, e.g. `3/minute`; `off` does not limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// Logins, for each address.
    pub login: Rate,
    /// Registrations, for each address.
    pub register: Rate,
    /// Mails for forgotten passwords and missing tokens, for each address.
    pub recovery: Rate,
    /// The same for each account.
    pub recovery_account: Rate,
    /// Uses of mailed tokens, for each address.
    pub token: Rate,
    /// Passwords and codes that somebody who is logged in is asked for again, for each account.
    pub proof: Rate,
    /// Invitations that somebody sends, for each account.
    pub invitation: Rate,
    /// Invitations to each address.
    pub invitation_address: Rate,
    /// Refreshes, for each address.
    pub refresh: Rate,
    /// Requests without a credential, or with a wrong one, for each address.
    pub anonymous: Rate,
    /// Connections and requests of voice assistants (`[wyoming]`), for each address.
    pub assistant: Rate,
    /// Requests of each person who logged in.
    pub user: Rate,
    /// Requests of each API key that has no limit of its own.
    pub key: Rate,
}

/// Permits in a period, or no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(pub Option<Quota>);

const PERIODS: [(&str, u64); 4] = [
    ("second", 1),
    ("minute", 60),
    ("hour", 3600),
    ("day", 86_400),
];

impl Rate {
    const fn per(permits: u32, seconds: u64) -> Self {
        Self(Some(Quota {
            permits,
            period: Duration::from_secs(seconds),
        }))
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            login: Rate::per(3, 60),
            register: Rate::per(3, 3600),
            recovery: Rate::per(3, 3600),
            recovery_account: Rate::per(1, 3600),
            token: Rate::per(10, 60),
            proof: Rate::per(20, 3600),
            invitation: Rate::per(60, 3600),
            invitation_address: Rate::per(5, 3600),
            refresh: Rate::per(30, 60),
            anonymous: Rate::per(300, 60),
            assistant: Rate::per(300, 60),
            user: Rate::per(1200, 60),
            key: Rate(None),
        }
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        let wrong = || format!("`{text}` is no rate; write e.g. `3/minute`, or `off`");
        let (permits, period) = text.split_once('/').ok_or_else(wrong)?;
        let permits: u32 = permits.trim().parse().map_err(|_| wrong())?;
        let seconds = PERIODS
            .into_iter()
            .find(|(name, _)| *name == period.trim())
            .map(|(_, seconds)| seconds)
            .ok_or_else(wrong)?;
        if permits == 0 {
            return Err(wrong());
        }
        Ok(Self::per(permits, seconds))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(quota) = self.0 else {
            return formatter.write_str("off");
        };
        let seconds = quota.period.as_secs();
        let name = PERIODS.into_iter().find(|(_, length)| *length == seconds);
        let name = name.map_or("second", |(name, _)| name);
        write!(formatter, "{}/{name}", quota.permits)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl PartialSchema for Rate {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("rate".into())))
            .into()
    }
}

impl ToSchema for Rate {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_has_a_period_with_a_name() {
        let defaults = serde_json::to_value(RateLimits::default()).unwrap();
        let read: RateLimits = serde_json::from_value(defaults).unwrap();
        assert_eq!(read, RateLimits::default());
    }

    #[test]
    fn rates_are_read_and_written_alike() {
        for text in ["3/minute", "1/hour", "500/second", "7/day", "off"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        for text in ["", "3", "0/minute", "3/week", "-1/hour", "x/minute"] {
            let refused = text.parse::<Rate>().unwrap_err();
            assert!(refused.contains("3/minute"), "{refused}");
        }
    }
}
