//! Rate limits of one process, in bounded memory.
//!
//! A key is kept as a hash under a secret of this process, so that nobody can aim for collisions, and
//! however long it is it takes the same room. An entry whose time has come is the same as none
//! and is swept out. When a shard is full of others, those go that limit the least:
//! whoever has used up a quota stays limited, whatever comes from however many addresses.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;

use super::gcra::Rate;
use crate::ports::{Clock, Permit, Quota, RateLimiter};

/// Keys that are known at a time, over all shards; about 10 MB.
const MOST_KEYS: usize = 1 << 18;
const SHARDS: usize = 16;
/// Microseconds between two sweeps of a shard.
const SWEEP: u64 = 60_000_000;

/// Counts in this process.
pub struct MemoryRateLimiter {
    clock: Arc<dyn Clock>,
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
    most: usize,
}

/// When each key's quota is whole again.
#[derive(Default)]
struct Shard {
    whole: HashMap<u64, u64>,
    next_sweep: u64,
}

impl MemoryRateLimiter {
    /// Counts on the given time.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_room(clock, MOST_KEYS)
    }

    fn with_room(clock: Arc<dyn Clock>, keys: usize) -> Self {
        Self {
            clock,
            hasher: RandomState::new(),
            shards: Default::default(),
            most: (keys / SHARDS).max(8),
        }
    }

    /// The same as [`RateLimiter::take`]; it waits for nothing.
    pub(super) fn take_now(&self, key: &str, quota: Quota) -> Permit {
        let hash = self.hasher.hash_one(key);
        let now = u64::try_from(self.clock.now().as_microsecond()).unwrap_or(0);
        let rate = Rate::from(quota);
        let shard = &self.shards[hash as usize % SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let verdict = rate.take(shard.whole.get(&hash).copied().unwrap_or(0), now);
        if verdict.granted {
            shard.make_room(now, self.most);
            shard.whole.insert(hash, now.saturating_add(verdict.used));
        }
        rate.permit(verdict)
    }
}

impl Shard {
    fn make_room(&mut self, now: u64, most: usize) {
        if now >= self.next_sweep || self.whole.len() >= most {
            self.whole.retain(|_, whole| *whole > now);
            self.next_sweep = now.saturating_add(SWEEP);
        }
        if self.whole.len() >= most {
            self.forget_the_mildest(most / 8);
        }
    }

    /// Several at a time, so that a full shard is not sorted at every request.
    fn forget_the_mildest(&mut self, count: usize) {
        let mut times: Vec<_> = self.whole.values().copied().collect();
        let (_, bound, _) = times.select_nth_unstable(count);
        let (bound, mut left) = (*bound, count + 1);
        self.whole.retain(|_, whole| {
            let goes = *whole <= bound && left > 0;
            left -= usize::from(goes);
            !goes
        });
    }
}

#[async_trait]
impl RateLimiter for MemoryRateLimiter {
    async fn take(&self, key: &str, quota: Quota) -> Permit {
        self.take_now(key, quota)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::adapters::{FixedClock, SystemClock, rate_limiter_contract};

    fn known(limiter: &MemoryRateLimiter) -> usize {
        let count = |shard: &Mutex<Shard>| shard.lock().unwrap().whole.len();
        limiter.shards.iter().map(count).sum()
    }

    #[tokio::test]
    async fn it_keeps_the_contract() {
        rate_limiter_contract::holds(&MemoryRateLimiter::new(Arc::new(SystemClock))).await;
    }

    #[tokio::test]
    async fn keys_that_are_whole_again_are_forgotten() {
        // This clock advances by a second at every look.
        let limiter = MemoryRateLimiter::new(Arc::new(FixedClock::default()));
        let period = Duration::from_secs(10);
        for number in 0..10_000 {
            let key = format!("address {number}");
            limiter.take(&key, Quota { permits: 5, period }).await;
        }
        assert!(known(&limiter) < 2000, "{}", known(&limiter));
    }

    #[tokio::test]
    async fn a_flood_of_keys_neither_grows_it_nor_frees_who_is_limited() {
        let limiter = MemoryRateLimiter::with_room(Arc::new(SystemClock), 1000);
        let period = Duration::from_hours(1);
        let quota = Quota { permits: 3, period };
        for _ in 0..3 {
            assert!(limiter.take("attacker", quota).await.granted);
        }
        for number in 0..20_000 {
            assert!(limiter.take(&format!("{number}"), quota).await.granted);
            assert!(known(&limiter) <= 1000);
        }
        assert!(!limiter.take("attacker", quota).await.granted);
    }
}
