//! Who a request comes from.

use uuid::Uuid;

use super::{Scope, ScopeSet};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A program with an API key.
    Key {
        /// The key.
        id: Uuid,
    },
    /// A person with a session.
    User {
        /// The account.
        id: Uuid,
        /// The session, to end it or to spare it.
        session: Uuid,
    },
}

impl Actor {
    /// `key` or `user`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Key { .. } => "key",
            Self::User { .. } => "user",
        }
    }

    /// The key or the account.
    pub fn id(self) -> Uuid {
        match self {
            Self::Key { id } | Self::User { id, .. } => id,
        }
    }
}

/// The caller of a request, known by a valid credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Who acts.
    pub actor: Actor,
    /// The organisation it works in; rows of others do not exist for it.
    pub organisation: Uuid,
    /// What it may do there.
    pub scopes: ScopeSet,
}

impl Caller {
    /// Whether it may do this.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(scope)
    }
}
