//! Who may keep replies, by route.

use axum::http::HeaderValue;

use crate::http::path_rule::covers;

/// Paths with a rule of their own; a trailing slash includes what lies below. The first that fits counts.
const RULES: &[(&str, Policy)] = &[
    ("/openapi.json", Policy::Public),
    ("/docs", Policy::Public),
    ("/docs/", Policy::Public),
    // Accounts, sessions and secrets are kept nowhere, not even by the browser that asked.
    ("/auth/", Policy::Nobody),
    ("/admin/", Policy::Nobody),
    ("/health/", Policy::Nobody),
    ("/metrics", Policy::Nobody),
];

/// Who may keep a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Everybody, for an hour.
    Public,
    /// Who asked, if it asks each time whether the reply is still current.
    Revalidated,
    /// Nobody.
    Nobody,
}

impl Policy {
    /// The rule for replies to GET.
    pub fn of(path: &str) -> Self {
        RULES
            .iter()
            .find(|(known, _)| covers(known, path))
            .map_or(Self::Revalidated, |(_, policy)| *policy)
    }

    /// As `Cache-Control` says it.
    pub fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Public => "public, max-age=3600",
            Self::Revalidated => "private, no-cache",
            Self::Nobody => "no-store",
        })
    }
}

/// Whether replies of a route are made to be asked for again by their entity tag.
pub fn shows_entity_tag(path: &str) -> bool {
    Policy::of(path) == Policy::Revalidated
}
