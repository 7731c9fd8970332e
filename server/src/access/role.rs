//! What a member of an organisation may do there.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Scope, ScopeSet};

/// A member's role; each may do what the ones before it may.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Uses the engine too.
    Member,
    /// Changes documents too.
    Editor,
    /// Manages keys and members too, and sees the audit log and the usage.
    Admin,
    /// Manages the organisation itself too.
    Owner,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 5] = [
        Self::Viewer,
        Self::Member,
        Self::Editor,
        Self::Admin,
        Self::Owner,
    ];

    /// As in JSON and in rows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What it may do.
    pub fn scopes(self) -> ScopeSet {
        Scope::ALL
            .into_iter()
            .filter(|scope| scope.least_role().is_some_and(|least| self >= least))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_scopes_only_grow() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.name()), Some(role));
        }
        for pair in Role::ALL.windows(2) {
            assert!(pair[1].scopes().contains_all(pair[0].scopes()));
            assert_ne!(pair[1].scopes(), pair[0].scopes());
        }
        assert!(!Role::Owner.scopes().contains(Scope::InstanceManage));
    }
}
