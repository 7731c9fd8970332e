//! Callers that were found a moment ago, so that not every request asks the database.
//!
//! A credential that is revoked in this process is refused at once, in others that share the
//! database after [`LIFETIME`] at most.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Caller;

/// Longest that a revoked credential opens another process.
pub const LIFETIME: Duration = Duration::from_secs(5);
/// Most callers that are remembered.
const CAPACITY: u64 = 100_000;

/// What is remembered of a caller.
#[derive(Debug, Clone, Copy)]
pub struct Remembered {
    /// The caller.
    pub caller: Caller,
    /// The account that made the caller's key, if one did.
    pub maker: Option<Uuid>,
    /// When its credential ends in any case, in milliseconds since 1970.
    pub expires_at: i64,
    /// Most requests in a minute that its key allows; 0: the server's own limit.
    pub requests_per_minute: u32,
}

/// What had been revoked when somebody began to look a caller up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generation(u64);

/// Callers by the digest of their credential; clones share them.
#[derive(Clone)]
pub struct CallerCache(Arc<Callers>);

struct Callers {
    found: Cache<[u8; 32], Remembered>,
    generation: AtomicU64,
}

impl Default for CallerCache {
    fn default() -> Self {
        let found = Cache::builder()
            .max_capacity(CAPACITY)
            .time_to_live(LIFETIME)
            .build();
        Self(Arc::new(Callers {
            found,
            generation: AtomicU64::new(0),
        }))
    }
}

impl CallerCache {
    /// The caller with this credential, unless its time is over.
    pub fn get(&self, credential: &str, now: i64) -> Option<Remembered> {
        let found = self.0.found.get(&digest(credential))?;
        (found.expires_at > now).then_some(found)
    }

    /// To be taken before a caller is looked up.
    pub fn generation(&self) -> Generation {
        Generation(self.0.generation.load(Ordering::SeqCst))
    }

    /// Remembers a caller, unless something was revoked since its look-up began.
    pub fn put(&self, credential: &str, found: Remembered, begun: Generation) {
        let key = digest(credential);
        if self.generation() != begun {
            return;
        }
        self.0.found.insert(key, found);
        // Revoked between the look and the insertion: whoever revoked did not see this entry.
        if self.generation() != begun {
            self.0.found.invalidate(&key);
        }
    }

    /// Forgets everybody: something was revoked.
    pub fn clear(&self) {
        self.0.generation.fetch_add(1, Ordering::SeqCst);
        self.0.found.invalidate_all();
    }
}

fn digest(credential: &str) -> [u8; 32] {
    Sha256::digest(credential.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Actor, Role};

    fn found() -> Remembered {
        Remembered {
            maker: None,
            caller: Caller {
                actor: Actor::Key { id: Uuid::nil() },
                organisation: Uuid::nil(),
                scopes: Role::Viewer.scopes(),
            },
            expires_at: 10,
            requests_per_minute: 0,
        }
    }

    #[test]
    fn what_was_looked_up_before_a_revocation_is_not_remembered_after_it() {
        let callers = CallerCache::default();
        let begun = callers.generation();
        callers.put("a", found(), begun);
        assert!(callers.get("a", 9).is_some());
        assert!(callers.get("a", 10).is_none(), "its time is over");
        callers.clear();
        callers.put("a", found(), begun);
        assert!(callers.get("a", 9).is_none());
    }
}
