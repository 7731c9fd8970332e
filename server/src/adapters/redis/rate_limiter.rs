//! Rate limits that several processes share.
//!
//! One script does what [`Rate::take`] does, on Redis' own clock, so that the clocks of the processes do not
//! matter. While Redis is away each process counts by itself: limits get looser, by as many times as there
//! are processes, but there are limits, and nobody is shut out.

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use redis::Script;

use super::link::{Away, RedisLink};
use crate::{
    adapters::{
        MemoryRateLimiter,
        gcra::{Rate, Verdict},
    },
    ports::{Clock, Permit, Quota, RateLimiter},
};

/// KEYS: the key, which holds when its quota is whole again. ARGV: interval and burst, in
/// microseconds. Gives whether a permit was granted and how far from now the quota is whole.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
        local whole = tonumber(redis.call('GET', KEYS[1]) or '0')
        local used = math.min(math.max(whole - now, 0), burst)
        if used + interval > burst then
            return {0, used}
        end
        used = used + interval
        redis.call('SET', KEYS[1], string.format('%.0f', now + used), 'PX', math.ceil(used / 1000))
        return {1, used}",
    )
});

/// Counts in Redis.
pub struct RedisRateLimiter {
    link: RedisLink,
    meanwhile: MemoryRateLimiter,
}

impl RedisRateLimiter {
    /// Counts behind the link; while that is down, in this process on the given time.
    pub fn new(link: RedisLink, clock: Arc<dyn Clock>) -> Self {
        Self {
            link,
            meanwhile: MemoryRateLimiter::new(clock),
        }
    }

    async fn ask(&self, key: &str, rate: Rate) -> Result<Permit, Away> {
        let mut script = TAKE.key(self.link.key("limit", key));
        script.arg(rate.interval).arg(rate.burst);
        let (granted, used): (u8, u64) = self.link.run(&script).await?;
        let granted = granted == 1;
        Ok(rate.permit(Verdict { granted, used }))
    }
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn take(&self, key: &str, quota: Quota) -> Permit {
        match self.ask(key, quota.into()).await {
            Ok(permit) => permit,
            Err(Away) => self.meanwhile.take_now(key, quota),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::sleep;

    use super::*;
    use crate::adapters::{
        SystemClock, rate_limiter_contract,
        redis::testing::{Traffic, link, proxied},
    };

    fn limiter(link: RedisLink) -> RedisRateLimiter {
        RedisRateLimiter::new(link, Arc::new(SystemClock))
    }

    #[tokio::test]
    async fn it_keeps_the_contract() {
        let Some(link) = link() else { return };
        rate_limiter_contract::holds(&limiter(link)).await;
    }

    #[tokio::test]
    async fn processes_count_together_and_keys_expire() {
        let Some(link) = link() else { return };
        let (here, there) = (limiter(link.clone()), limiter(link.clone()));
        let period = Duration::from_mins(1);
        let quota = Quota { permits: 2, period };
        assert!(here.take("key", quota).await.granted);
        assert!(there.take("key", quota).await.granted);
        assert!(!here.take("key", quota).await.granted);
        let time_left = Script::new("return redis.call('PTTL', KEYS[1])");
        let left: i64 = link
            .run(&time_left.key(link.key("limit", "key")))
            .await
            .unwrap();
        assert!((50_000..=60_000).contains(&left), "{left}");
    }

    #[tokio::test]
    async fn without_redis_there_are_still_limits() {
        let Some((link, proxy)) = proxied().await else {
            return;
        };
        let limiter = limiter(link);
        let period = Duration::from_mins(1);
        let quota = Quota { permits: 3, period };
        for traffic in [Traffic::Refused, Traffic::Hanging] {
            let key = format!("{traffic:?}");
            proxy.set(traffic);
            for remaining in [2, 1, 0] {
                let permit = limiter.take(&key, quota).await;
                assert_eq!((permit.granted, permit.remaining), (true, remaining));
            }
            assert!(!limiter.take(&key, quota).await.granted);
            proxy.set(Traffic::Open);
            sleep(Duration::from_millis(1100)).await;
            // Redis knows of one permit at most: that of the request it did not answer.
            assert!(limiter.take(&key, quota).await.remaining >= 1);
        }
    }

    #[tokio::test]
    async fn the_script_is_the_arithmetic() {
        let Some(link) = link() else { return };
        let limiter = limiter(link);
        // So slow that the time between the requests does not matter.
        for permits in [1, 7, 1000] {
            let period = Duration::from_secs(1_000_000_000);
            let (rate, key) = (Rate::from(Quota { permits, period }), format!("{permits}"));
            let mut whole = 0;
            for _ in 0..10 {
                let verdict = rate.take(whole, 1);
                whole = 1 + verdict.used;
                let permit = limiter.ask(&key, rate).await.unwrap();
                let expected = rate.permit(verdict);
                assert_eq!(permit.granted, expected.granted);
                let difference = expected.reset.abs_diff(permit.reset);
                assert!(
                    difference < Duration::from_secs(5),
                    "{permit:?} {expected:?}"
                );
            }
        }
    }
}
