//! The cache of one process.
//!
//! Two bounded maps: tags -> the generation that their values belong to, and keys -> values with the
//! stamp they were put under. A value counts while its tags still have the generations of its stamp;
//! invalidating a tag forgets its generation, and the next stamp starts one that never was before.
//! So a tag that is forgotten for lack of room only costs the values that had it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::Bytes;
use moka::{Expiry, future::Cache as Map, policy::EvictionPolicy};

use super::jitter::shortened;
use crate::ports::{Cache, Randomness, Stamp};

/// What a value costs beside its key and bytes, about.
const OVERHEAD: usize = 160;
/// The share of the bytes that the tags may take.
const TAG_SHARE: u64 = 8;

/// A cache in this process, bounded by bytes.
pub struct MokaCache {
    values: Map<String, Kept>,
    generations: Map<String, String>,
    next: AtomicU64,
    randomness: Arc<dyn Randomness>,
}

#[derive(Clone)]
struct Kept {
    value: Bytes,
    lifetime: Duration,
    stamp: Arc<Stamp>,
}

/// Each value has its own lifetime.
struct Lifetime;

impl Expiry<String, Kept> for Lifetime {
    fn expire_after_create(&self, _key: &String, kept: &Kept, _at: Instant) -> Option<Duration> {
        Some(kept.lifetime)
    }

    fn expire_after_update(
        &self,
        _key: &String,
        kept: &Kept,
        _at: Instant,
        _left: Option<Duration>,
    ) -> Option<Duration> {
        Some(kept.lifetime)
    }
}

impl MokaCache {
    /// A cache of about so many bytes.
    pub fn new(bytes: u64, randomness: Arc<dyn Randomness>) -> Self {
        let tags = bytes / TAG_SHARE;
        Self {
            values: Map::builder()
                .max_capacity(bytes - tags)
                .weigher(|key: &String, kept: &Kept| weight(key, kept))
                .expire_after(Lifetime)
                .build(),
            // The least recently used goes first: a new tag must be let in, or its values are lost.
            generations: Map::builder()
                .max_capacity(tags)
                .weigher(|tag: &String, _: &String| size(tag.len() + OVERHEAD))
                .eviction_policy(EvictionPolicy::lru())
                .build(),
            next: AtomicU64::new(0),
            randomness,
        }
    }

    async fn is_current(&self, stamp: &Stamp) -> bool {
        for (tag, generation) in stamp.tags().unwrap_or_default() {
            if self.generations.get(tag).await.as_ref() != Some(generation) {
                return false;
            }
        }
        true
    }
}

#[async_trait]
impl Cache for MokaCache {
    async fn get(&self, key: &str) -> Option<Bytes> {
        let kept = self.values.get(key).await?;
        if self.is_current(&kept.stamp).await {
            return Some(kept.value);
        }
        // Left alone: somebody may just be putting a newer one in its place.
        None
    }

    async fn stamp(&self, tags: &[String]) -> Stamp {
        let mut stamped = Vec::with_capacity(tags.len());
        for tag in tags {
            let next = async { self.next.fetch_add(1, Ordering::Relaxed).to_string() };
            let generation = self.generations.get_with_by_ref(tag, next).await;
            stamped.push((tag.clone(), generation));
        }
        Stamp::new(stamped)
    }

    async fn put(&self, key: &str, value: Bytes, lifetime: Duration, stamp: &Stamp) {
        if stamp.tags().is_none() || !self.is_current(stamp).await {
            return;
        }
        let kept = Kept {
            value,
            lifetime: shortened(lifetime, self.randomness.as_ref()),
            stamp: Arc::new(stamp.clone()),
        };
        self.values.insert(key.to_owned(), kept).await;
    }

    async fn invalidate(&self, tag: &str) {
        self.generations.invalidate(tag).await;
    }
}

fn weight(key: &str, kept: &Kept) -> u32 {
    let tags = kept.stamp.tags().unwrap_or_default();
    let tags: usize = tags.iter().map(|(tag, _)| tag.len() + OVERHEAD / 2).sum();
    size(key.len() + kept.value.len() + tags + OVERHEAD)
}

fn size(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::{SeededRandomness, cache_contract};

    fn cache(bytes: u64) -> MokaCache {
        MokaCache::new(bytes, Arc::new(SeededRandomness::default()))
    }

    #[tokio::test]
    async fn it_keeps_the_contract() {
        cache_contract::holds(&cache(1 << 20)).await;
    }

    #[tokio::test]
    async fn it_stays_within_its_bytes() {
        let cache = cache(1 << 20);
        for number in 0..1000 {
            let (key, tags) = (format!("key {number}"), [format!("tag {number}")]);
            let stamp = cache.stamp(&tags).await;
            let value = Bytes::from(vec![0; 10_000]);
            cache.put(&key, value, Duration::from_mins(1), &stamp).await;
        }
        for number in 0..10_000 {
            cache.stamp(&[format!("other tag {number}")]).await;
        }
        cache.values.run_pending_tasks().await;
        cache.generations.run_pending_tasks().await;
        let used = cache.values.weighted_size() + cache.generations.weighted_size();
        assert!((200_000..=1 << 20).contains(&used), "{used}");
    }
}
