//! What can be allowed, one by one.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::ToSchema;

use super::Role;

/// One thing that a caller may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[repr(u8)]
pub enum Scope {
    /// Read documents.
    #[serde(rename = "documents:read")]
    DocumentsRead,
    /// Add, change and remove documents.
    #[serde(rename = "documents:write")]
    DocumentsWrite,
    /// Transcribe, speak, embed and generate: all below `/v1`.
    #[serde(rename = "engine:use")]
    EngineUse,
    /// Make, list and revoke API keys.
    #[serde(rename = "keys:manage")]
    KeysManage,
    /// Invite and remove members and change their roles.
    #[serde(rename = "members:manage")]
    MembersManage,
    /// Rename or remove the organisation.
    #[serde(rename = "organisation:manage")]
    OrganisationManage,
    /// Read the organisation's audit log.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// See what was used and what failed.
    #[serde(rename = "usage:read")]
    UsageRead,
    /// Manage one's own account; no API key has it.
    #[serde(rename = "account:manage")]
    AccountManage,
    /// Manage the server as a whole: jobs, access rules, every organisation; no role has it by itself.
    #[serde(rename = "instance:manage")]
    InstanceManage,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 10] = [
        Self::DocumentsRead,
        Self::DocumentsWrite,
        Self::EngineUse,
        Self::KeysManage,
        Self::MembersManage,
        Self::OrganisationManage,
        Self::AuditRead,
        Self::UsageRead,
        Self::AccountManage,
        Self::InstanceManage,
    ];

    /// As in JSON and in rows.
    pub fn name(self) -> &'static str {
        match self {
            Self::DocumentsRead => "documents:read",
            Self::DocumentsWrite => "documents:write",
            Self::EngineUse => "engine:use",
            Self::KeysManage => "keys:manage",
            Self::MembersManage => "members:manage",
            Self::OrganisationManage => "organisation:manage",
            Self::AuditRead => "audit:read",
            Self::UsageRead => "usage:read",
            Self::AccountManage => "account:manage",
            Self::InstanceManage => "instance:manage",
        }
    }

    /// The scope of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// The least role that brings it; none for what belongs to no role.
    pub fn least_role(self) -> Option<Role> {
        match self {
            Self::DocumentsRead => Some(Role::Viewer),
            Self::EngineUse => Some(Role::Member),
            Self::DocumentsWrite => Some(Role::Editor),
            Self::KeysManage | Self::MembersManage | Self::AuditRead | Self::UsageRead => {
                Some(Role::Admin)
            }
            Self::OrganisationManage => Some(Role::Owner),
            Self::AccountManage | Self::InstanceManage => None,
        }
    }
}

/// A set of scopes; in JSON a list of names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScopeSet(u16);

impl ScopeSet {
    /// Whether the scope is in it.
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & Self::bit(scope) != 0
    }

    /// Whether everything in `other` is in it too.
    pub fn contains_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What is in both.
    #[must_use]
    pub fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// It with one more scope.
    #[must_use]
    pub fn with(self, scope: Scope) -> Self {
        Self(self.0 | Self::bit(scope))
    }

    /// Its scopes.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL
            .into_iter()
            .filter(move |scope| self.contains(*scope))
    }

    /// As in rows and tokens: names with a space between them.
    pub fn to_text(self) -> String {
        self.iter().map(Scope::name).collect::<Vec<_>>().join(" ")
    }

    /// Reads [`ScopeSet::to_text`]; names that are no longer known are left out.
    pub fn from_text(text: &str) -> Self {
        text.split_whitespace().filter_map(Scope::parse).collect()
    }

    fn bit(scope: Scope) -> u16 {
        1 << scope as u8
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        scopes.into_iter().fold(Self::default(), Self::with)
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        names
            .iter()
            .map(|name| {
                Scope::parse(name).ok_or_else(|| {
                    let known = Scope::ALL.map(Scope::name).join(", ");
                    D::Error::custom(format!("there is no scope `{name}`; use some of: {known}"))
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_what_was_put_in() {
        let set: ScopeSet = [Scope::EngineUse, Scope::AuditRead].into_iter().collect();
        assert!(set.contains(Scope::EngineUse) && !set.contains(Scope::KeysManage));
        assert_eq!(ScopeSet::from_text(&set.to_text()), set);
        let json = serde_json::to_string(&set).unwrap();
        assert_eq!(json, r#"["engine:use","audit:read"]"#);
        assert_eq!(serde_json::from_str::<ScopeSet>(&json).unwrap(), set);
        let unknown = serde_json::from_str::<ScopeSet>(r#"["everything"]"#).unwrap_err();
        assert!(unknown.to_string().contains("engine:use"), "{unknown}");
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.name()), Some(scope));
        }
    }
}
