//! The cache that several processes share.
//!
//! A tag is a key that holds its generation, a random word. A value is a hash with the bytes and, for each
//! of its tags, the generation that it was put under; it counts while the tags still hold those.
//! Invalidating deletes the tag's key; the next stamp makes a generation that never was before. So a tag
//! that expires or is evicted only costs the values that had it, and nothing has to list
//! the keys of a tag. A tag outlives its values, because each put prolongs it.
//!
//! Invalidations that Redis did not confirm are remembered here and made up for before anything
//! else is read, so that its coming back does not bring back what was to be dropped.

use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use redis::Script;

use super::link::{Away, RedisLink};
use crate::{
    adapters::jitter::shortened,
    ports::{Cache, Randomness, Stamp},
};

/// How long a tag lives without a put.
const TAG_MILLIS: u64 = 3_600_000;
/// Unconfirmed invalidations that are remembered one by one; beyond, everything is dropped.
const MOST_MISSED: usize = 10_000;
/// A tag that every value has.
const EVERYTHING: &str = "*";

/// Gives the bytes if all tags are as they were. KEYS: the value. ARGV: what tag keys begin with.
static GET: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local fields, value = redis.call('HGETALL', KEYS[1]), false
        for at = 1, #fields, 2 do
            if fields[at] == '=' then
                value = fields[at + 1]
            elseif redis.call('GET', ARGV[1] .. string.sub(fields[at], 2)) ~= fields[at + 1] then
                return false
            end
        end
        return value",
    )
});

/// Gives each tag's generation, a new one where there is none. KEYS: the tags. ARGV: the new
/// generation, and how long it lives.
static STAMP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local generations = {}
        for at, key in ipairs(KEYS) do
            local generation = redis.call('GET', key)
            if not generation then
                generation = ARGV[1]
                redis.call('SET', key, generation, 'PX', ARGV[2])
            end
            generations[at] = generation
        end
        return generations",
    )
});

/// Keeps the value if all tags are as they were. KEYS: the value, then the tags. ARGV: the bytes,
/// their lifetime, then for each tag its name and generation.
static PUT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        for at = 2, #KEYS do
            if redis.call('GET', KEYS[at]) ~= ARGV[2 * at] then
                return 0
            end
        end
        local lifetime = tonumber(ARGV[2])
        redis.call('DEL', KEYS[1])
        redis.call('HSET', KEYS[1], '=', ARGV[1])
        for at = 2, #KEYS do
            redis.call('HSET', KEYS[1], '#' .. ARGV[2 * at - 1], ARGV[2 * at])
            if redis.call('PTTL', KEYS[at]) < lifetime + 1000 then
                redis.call('PEXPIRE', KEYS[at], lifetime + 60000)
            end
        end
        redis.call('PEXPIRE', KEYS[1], lifetime)
        return 1",
    )
});

/// Forgets generations. KEYS: the tags.
static INVALIDATE: LazyLock<Script> = LazyLock::new(|| {
    Script::new("for _, key in ipairs(KEYS) do redis.call('DEL', key) end return 1")
});

/// A cache in Redis.
pub struct RedisCache {
    link: RedisLink,
    randomness: Arc<dyn Randomness>,
    /// Unconfirmed invalidations, each with the number of the latest one of its tag.
    missed: Mutex<HashMap<String, u64>>,
    missed_count: AtomicU64,
}

impl RedisCache {
    /// A cache behind the link.
    pub fn new(link: RedisLink, randomness: Arc<dyn Randomness>) -> Self {
        Self {
            link,
            randomness,
            missed: Mutex::default(),
            missed_count: AtomicU64::new(0),
        }
    }

    fn tag_key(&self, tag: &str) -> String {
        self.link.key("cache-tag", tag)
    }

    fn value_key(&self, key: &str) -> String {
        self.link.key("cache", key)
    }

    fn generation(&self) -> String {
        let mut bytes = [0; 16];
        self.randomness.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    async fn forget<'a>(&self, tags: impl Iterator<Item = &'a String> + Send) -> Result<(), Away> {
        let mut script = INVALIDATE.prepare_invoke();
        for tag in tags {
            script.key(self.tag_key(tag));
        }
        self.link.run::<i64>(&script).await.map(|_| ())
    }

    /// Makes up for invalidations that got lost; until that is done there is no reading.
    async fn catch_up(&self) -> Result<(), Away> {
        if self.missed(|missed| missed.is_empty()) {
            return Ok(());
        }
        if self.link.is_paused() {
            return Err(Away);
        }
        let missed = self.missed(|missed| missed.clone());
        self.forget(missed.keys()).await?;
        // A tag that was invalidated again meanwhile stays, under its new number.
        self.missed(|left| left.retain(|tag, number| missed.get(tag) != Some(number)));
        Ok(())
    }

    fn missed<T>(&self, look: impl FnOnce(&mut HashMap<String, u64>) -> T) -> T {
        look(&mut self.missed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn remember(&self, tag: &str) {
        let number = self.missed_count.fetch_add(1, Ordering::AcqRel);
        self.missed(|missed| {
            if missed.len() >= MOST_MISSED {
                missed.clear();
                missed.insert(EVERYTHING.to_owned(), number);
            }
            missed.insert(tag.to_owned(), number);
        });
    }

    async fn generations(&self, tags: &[String]) -> Result<Vec<(String, String)>, Away> {
        self.catch_up().await?;
        let tags = tags.iter().map(String::as_str);
        let tags: Vec<_> = std::iter::once(EVERYTHING).chain(tags).collect();
        let mut script = STAMP.prepare_invoke();
        for tag in &tags {
            script.key(self.tag_key(tag));
        }
        script.arg(self.generation()).arg(TAG_MILLIS);
        let generations: Vec<String> = self.link.run(&script).await?;
        let tags = tags.into_iter().map(str::to_owned);
        Ok(tags.zip(generations).collect())
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str) -> Option<Bytes> {
        self.catch_up().await.ok()?;
        let mut script = GET.key(self.value_key(key));
        script.arg(self.tag_key(""));
        self.link.run::<Option<Bytes>>(&script).await.ok().flatten()
    }

    async fn stamp(&self, tags: &[String]) -> Stamp {
        match self.generations(tags).await {
            Ok(generations) => Stamp::new(generations),
            Err(Away) => Stamp::unknown(self.missed_count.load(Ordering::Acquire)),
        }
    }

    async fn put(&self, key: &str, value: Bytes, lifetime: Duration, stamp: &Stamp) {
        let Some(tags) = stamp.tags() else {
            return;
        };
        let lifetime = shortened(lifetime, self.randomness.as_ref()).as_millis();
        let lifetime = u64::try_from(lifetime)
            .unwrap_or(u64::MAX)
            .clamp(1, 1 << 48);
        let mut script = PUT.key(self.value_key(key));
        script.arg(&value[..]).arg(lifetime);
        for (tag, generation) in tags {
            script.key(self.tag_key(tag)).arg(tag).arg(generation);
        }
        // Failing to keep a value costs nobody but the next one who asks.
        self.link.run::<i64>(&script).await.ok();
    }

    async fn invalidate(&self, tag: &str) {
        // Remembered first: this future may be dropped while it waits.
        self.remember(tag);
        self.catch_up().await.ok();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::time::sleep;

    use super::*;
    use crate::adapters::{
        SeededRandomness, SystemRandomness, cache_contract,
        redis::testing::{Proxy, Traffic, link, proxied},
    };

    const LONG: Duration = Duration::from_mins(1);

    fn cache(link: RedisLink) -> RedisCache {
        RedisCache::new(link, Arc::new(SystemRandomness))
    }

    async fn put(cache: &RedisCache, key: &str, value: &'static str, tag: &str) {
        let stamp = cache.stamp(&[tag.to_owned()]).await;
        cache.put(key, value.into(), LONG, &stamp).await;
    }

    #[tokio::test]
    async fn it_keeps_the_contract() {
        let Some(link) = link() else { return };
        cache_contract::holds(&cache(link)).await;
    }

    #[tokio::test]
    async fn an_invalidation_reaches_the_other_process() {
        let Some(link) = link() else { return };
        let (here, there) = (cache(link.clone()), cache(link));
        put(&here, "shared", "1", "documents").await;
        assert_eq!(there.get("shared").await.unwrap(), "1");
        there.invalidate("documents").await;
        assert_eq!(here.get("shared").await, None);
    }

    #[tokio::test]
    async fn a_tag_outlives_its_values_and_all_keys_expire() {
        let Some(link) = link() else { return };
        let cache = cache(link.clone());
        let stamp = cache.stamp(&["month".into()]).await;
        let month = Duration::from_hours(30 * 24);
        cache.put("month", "long".into(), month, &stamp).await;
        let time_left = Script::new("return redis.call('PTTL', KEYS[1])");
        let mut left = Vec::new();
        for key in [
            cache.tag_key("month"),
            cache.tag_key(EVERYTHING),
            cache.value_key("month"),
        ] {
            left.push(link.run::<i64>(&time_left.key(key)).await.unwrap());
        }
        assert!(
            left[0] > left[2] && left[1] > left[2] && left[2] > 0,
            "{left:?}"
        );
    }

    #[tokio::test]
    async fn while_redis_is_away_it_is_an_empty_cache_and_nothing_stale_comes_back() {
        let Some((link, proxy)) = proxied().await else {
            return;
        };
        for traffic in [Traffic::Refused, Traffic::Hanging] {
            outage(&cache(link.clone()), &proxy, traffic).await;
        }
    }

    async fn outage(cache: &RedisCache, proxy: &Proxy, traffic: Traffic) {
        put(cache, "stale", "old", "changed").await;
        put(cache, "fresh", "kept", "unchanged").await;
        assert_eq!(cache.get("stale").await.unwrap(), "old");
        proxy.set(traffic);
        let start = Instant::now();
        for _ in 0..100 {
            assert_eq!(cache.get("fresh").await, None);
        }
        let before = cache.stamp(&["changed".into()]).await;
        cache.invalidate("changed").await;
        assert_ne!(before, cache.stamp(&["changed".into()]).await);
        put(cache, "lost", "1", "unchanged").await;
        assert!(
            start.elapsed() < Duration::from_millis(700),
            "{:?}",
            start.elapsed()
        );
        proxy.set(Traffic::Open);
        sleep(Duration::from_millis(1100)).await;
        assert_eq!(cache.get("stale").await, None);
        assert_eq!(cache.get("fresh").await.unwrap(), "kept");
        put(cache, "stale", "new", "changed").await;
        assert_eq!(cache.get("stale").await.unwrap(), "new");
    }

    #[tokio::test]
    async fn an_idle_connection_that_was_closed_is_no_outage() {
        let Some((link, proxy)) = proxied().await else {
            return;
        };
        let cache = cache(link);
        put(&cache, "idle", "kept", "tag").await;
        proxy.set(Traffic::Refused);
        sleep(Duration::from_millis(50)).await;
        proxy.set(Traffic::Open);
        assert_eq!(cache.get("idle").await.unwrap(), "kept");
    }

    #[tokio::test]
    async fn too_many_lost_invalidations_drop_everything() {
        let settings = crate::config::RedisSettings {
            url: Some(crate::config::Secret::from(
                "redis://127.0.0.1:1".to_owned(),
            )),
            ..Default::default()
        };
        let link = RedisLink::open(&settings).unwrap().unwrap();
        let cache = RedisCache::new(link, Arc::new(SeededRandomness::default()));
        for number in 0..=MOST_MISSED {
            cache.remember(&number.to_string());
        }
        let missed = cache.missed(|missed| missed.clone());
        assert!(
            missed.contains_key(EVERYTHING) && missed.len() == 2,
            "{}",
            missed.len()
        );
    }
}
