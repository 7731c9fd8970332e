//! Callers that were found a moment ago, so that not every request asks the database.
//!
//! A credential that is revoked in this process is refused at once, in others that share the
//! database after [`LIFETIME`] at most.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use sha2::{Digest, Sha256};

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
    /// When its credential ends in any case, in milliseconds since 1970.
    pub expires_at: i64,
    /// Most requests in a minute that its key allows; 0: the server's own limit.
    pub requests_per_minute: u32,
}

/// Callers by the digest of their credential; clones share them.
#[derive(Clone)]
pub struct CallerCache(Arc<Cache<[u8; 32], Remembered>>);

impl Default for CallerCache {
    fn default() -> Self {
        Self(Arc::new(
            Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(LIFETIME)
                .build(),
        ))
    }
}

impl CallerCache {
    /// The caller with this credential, unless its time is over.
    pub fn get(&self, credential: &str, now: i64) -> Option<Remembered> {
        let found = self.0.get(&digest(credential))?;
        (found.expires_at > now).then_some(found)
    }

    /// Remembers a caller.
    pub fn put(&self, credential: &str, found: Remembered) {
        self.0.insert(digest(credential), found);
    }

    /// Forgets everybody: something was revoked.
    pub fn clear(&self) {
        self.0.invalidate_all();
    }
}

fn digest(credential: &str) -> [u8; 32] {
    Sha256::digest(credential.as_bytes()).into()
}
