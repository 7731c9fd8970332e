//! Which versions there are, what each changed, and what will go away: the one place to add to.

use axum::http::Method;
use jiff::civil::{Date, date};

use super::{deprecation::Deprecation, key_scopes::KeyScopes, transform::Transform};

/// A version of the interface: the date it came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(&'static str);

/// The first version.
pub const FIRST: Version = Version("2026-11-23");

/// API keys have scopes in the place of a role.
pub const KEY_SCOPES: Version = Version("2026-11-26");

/// Every version that is served, oldest first.
const SERVED: [Version; 2] = [FIRST, KEY_SCOPES];

/// What the versions changed, oldest first.
pub static TRANSFORMS: [&dyn Transform; 1] = [&KeyScopes];

/// Roles of keys are deprecated from the day on which scopes came, and end half a year later.
const ROLES_DEPRECATED: Date = date(2026, 11, 26);
const ROLES_END: Date = date(2027, 5, 26);

/// What will go away.
pub static DEPRECATIONS: [Deprecation; 3] = [
    role_of_keys(Method::GET, "/admin/keys", "role"),
    role_of_keys(Method::POST, "/admin/keys", "admin"),
    role_of_keys(Method::DELETE, "/admin/keys/{id}", "role"),
];

const fn role_of_keys(method: Method, pattern: &'static str, field: &'static str) -> Deprecation {
    Deprecation {
        method,
        pattern,
        field: Some(field),
        through: Some(FIRST),
        since: ROLES_DEPRECATED,
        sunset: Some(ROLES_END),
        guide: KEY_SCOPES,
    }
}

impl Version {
    /// Every version that is served, oldest first.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        SERVED.into_iter()
    }

    /// The version that requests mean when they name none.
    pub fn newest() -> Self {
        SERVED.into_iter().max().unwrap_or(FIRST)
    }

    /// The version of that date, if it is served.
    pub fn parse(date: &[u8]) -> Option<Self> {
        Self::all().find(|version| version.0.as_bytes() == date)
    }

    /// Its date, as in the header.
    pub fn date(self) -> &'static str {
        self.0
    }
}
