//! What every rate limiter does, for the tests of each.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use tokio::time::sleep;
use uuid::Uuid;

use crate::ports::{Quota, RateLimiter};

/// Goes through the whole contract of the port.
pub(super) async fn holds(limiter: &dyn RateLimiter) {
    the_quota_may_be_taken_at_once(limiter).await;
    keys_have_their_own_quotas(limiter).await;
    permits_come_back(limiter).await;
    requests_at_the_same_time_get_no_more(limiter).await;
}

fn key() -> String {
    format!("login:{}", Uuid::new_v4())
}

fn quota(permits: u32, millis: u64) -> Quota {
    let period = Duration::from_millis(millis);
    Quota { permits, period }
}

async fn the_quota_may_be_taken_at_once(limiter: &dyn RateLimiter) {
    let (key, quota) = (key(), quota(3, 60_000));
    for remaining in [2, 1, 0] {
        let permit = limiter.take(&key, quota).await;
        assert!(permit.granted);
        assert_eq!(permit.remaining, remaining);
        assert_eq!(permit.retry_after.is_zero(), remaining > 0);
    }
    let refused = limiter.take(&key, quota).await;
    assert!(!refused.granted);
    assert_eq!(refused.remaining, 0);
    // What the requests before took is some milliseconds, not five seconds.
    let within = |time: Duration, most: u64| {
        (most - 5..=most).contains(&time.as_millis().div_ceil(1000).try_into().unwrap())
    };
    assert!(within(refused.retry_after, 20), "{refused:?}");
    assert!(within(refused.reset, 60), "{refused:?}");
}

async fn keys_have_their_own_quotas(limiter: &dyn RateLimiter) {
    let quota = quota(1, 60_000);
    let (first, second) = (key(), key());
    assert!(limiter.take(&first, quota).await.granted);
    assert!(!limiter.take(&first, quota).await.granted);
    assert!(limiter.take(&second, quota).await.granted);
}

async fn permits_come_back(limiter: &dyn RateLimiter) {
    let (key, quota) = (key(), quota(2, 800));
    for _ in 0..2 {
        assert!(limiter.take(&key, quota).await.granted);
    }
    let refused = limiter.take(&key, quota).await;
    assert!(!refused.granted);
    sleep(refused.retry_after + Duration::from_millis(20)).await;
    assert!(limiter.take(&key, quota).await.granted);
    assert!(!limiter.take(&key, quota).await.granted);
    sleep(Duration::from_millis(900)).await;
    let permit = limiter.take(&key, quota).await;
    assert_eq!((permit.granted, permit.remaining), (true, 1));
}

async fn requests_at_the_same_time_get_no_more(limiter: &dyn RateLimiter) {
    let (key, quota) = (Arc::new(key()), quota(10, 600_000));
    let all = join_all((0..50).map(|_| limiter.take(&key, quota))).await;
    assert_eq!(all.iter().filter(|permit| permit.granted).count(), 10);
}
