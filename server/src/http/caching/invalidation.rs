//! Dropping kept replies when what they show changes.
//!
//! A reply can be made from rows that a write changes before the reply is kept; kept after the write's
//! invalidation, it would be stale for its whole life. So each tag has a [`Generation`] that writes
//! advance, and a reply is kept only if it is the same as before its handler ran. Between processes this is
//! not seen; there the short lifetime of replies bounds how long one can be stale.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::ports::Cache;

/// Tags share this many counters: two that fall on one only make each other skip keeping a reply.
const COUNTERS: usize = 1024;

/// How often each tag was invalidated by this process.
#[derive(Debug)]
pub struct Generations(Vec<AtomicU64>);

/// A tag's state at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generation(u64);

impl Default for Generations {
    fn default() -> Self {
        Self((0..COUNTERS).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Generations {
    /// The state of a tag now.
    pub fn of(&self, tag: &str) -> Generation {
        let counter = self.counter(tag);
        Generation(counter.map_or(0, |counter| counter.load(Ordering::SeqCst)))
    }

    fn advance(&self, tag: &str) {
        if let Some(counter) = self.counter(tag) {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn counter(&self, tag: &str) -> Option<&AtomicU64> {
        let mut hasher = DefaultHasher::new();
        tag.hash(&mut hasher);
        self.0.get(hasher.finish() as usize % COUNTERS)
    }
}

/// A write that is going on. Its replies are dropped when it ends, also when its client has left and the
/// handler is dropped half way: it may have changed something by then.
pub struct Invalidation {
    cache: Arc<dyn Cache>,
    generations: Arc<Generations>,
    tag: Option<String>,
}

impl Invalidation {
    /// Prepares for the end of a write.
    pub fn of(tag: String, cache: Arc<dyn Cache>, generations: Arc<Generations>) -> Self {
        Self {
            cache,
            generations,
            tag: Some(tag),
        }
    }

    /// Drops the replies, before the writer learns that it succeeded: it must read its own writes.
    pub async fn finish(mut self) {
        // Taken only afterwards: when this is dropped while it waits, the rest is made up for.
        if let Some(tag) = self.tag.clone() {
            self.generations.advance(&tag);
            self.cache.invalidate(&tag).await;
            self.tag = None;
        }
    }
}

impl Drop for Invalidation {
    fn drop(&mut self) {
        let (Some(tag), Ok(runtime)) = (self.tag.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        self.generations.advance(&tag);
        let cache = self.cache.clone();
        runtime.spawn(async move { cache.invalidate(&tag).await });
    }
}
