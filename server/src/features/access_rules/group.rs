//! Groups of routes that rules are about.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Routes that a rule is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RouteGroup {
    /// Every route.
    #[default]
    All,
    /// Below `/auth`.
    Auth,
    /// Below `/admin`.
    Admin,
    /// Below `/v1`, and voice assistants (`[wyoming]`).
    Engine,
    /// Below `/documents`.
    Documents,
}

impl RouteGroup {
    /// Every group.
    pub const ALL: [Self; 5] = [
        Self::All,
        Self::Auth,
        Self::Admin,
        Self::Engine,
        Self::Documents,
    ];

    /// As in JSON and in rows.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Auth => "auth",
            Self::Admin => "admin",
            Self::Engine => "engine",
            Self::Documents => "documents",
        }
    }

    /// The group of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }

    /// The narrowest group of a path.
    pub fn of(path: &str) -> Self {
        let first = path.split('/').nth(1);
        match first.unwrap_or_default() {
            "auth" => Self::Auth,
            "admin" => Self::Admin,
            "v1" => Self::Engine,
            "documents" => Self::Documents,
            _ => Self::All,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_groups_and_groups_have_names() {
        assert_eq!(RouteGroup::of("/admin/keys"), RouteGroup::Admin);
        assert_eq!(RouteGroup::of("/v1"), RouteGroup::Engine);
        for path in ["/", "", "/administer", "//admin", "/health/live"] {
            assert_eq!(RouteGroup::of(path), RouteGroup::All, "{path}");
        }
        for group in RouteGroup::ALL {
            assert_eq!(RouteGroup::parse(group.name()), Some(group));
        }
    }
}
