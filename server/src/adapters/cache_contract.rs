//! What every cache does, for the tests of each.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;

use crate::ports::Cache;

const LONG: Duration = Duration::from_mins(1);

/// Goes through the whole contract of the port.
pub(super) async fn holds(cache: &dyn Cache) {
    it_gives_back_what_was_put(cache).await;
    values_expire(cache).await;
    any_tag_invalidates(cache).await;
    a_late_put_does_not_survive_an_invalidation(cache).await;
    races_never_bring_an_old_value_back(cache).await;
}

async fn put(cache: &dyn Cache, key: &str, value: &'static [u8], tags: &[&str]) {
    let tags: Vec<_> = tags.iter().map(|&tag| tag.to_owned()).collect();
    let stamp = cache.stamp(&tags).await;
    cache
        .put(key, Bytes::from_static(value), LONG, &stamp)
        .await;
}

async fn it_gives_back_what_was_put(cache: &dyn Cache) {
    assert_eq!(cache.get("nothing").await, None);
    put(cache, "bytes", b"\0\xff\r\n", &[]).await;
    assert_eq!(cache.get("bytes").await.unwrap(), &b"\0\xff\r\n"[..]);
    put(cache, "bytes", b"", &["value", "#"]).await;
    assert_eq!(cache.get("bytes").await.unwrap(), "");
}

async fn values_expire(cache: &dyn Cache) {
    let stamp = cache.stamp(&["short".into()]).await;
    let lifetime = Duration::from_millis(150);
    cache.put("short", "here".into(), lifetime, &stamp).await;
    assert_eq!(cache.get("short").await.unwrap(), "here");
    sleep(Duration::from_millis(300)).await;
    assert_eq!(cache.get("short").await, None);
}

async fn any_tag_invalidates(cache: &dyn Cache) {
    for tag in ["user 1", "documents"] {
        put(cache, "both", b"1", &["user 1", "documents"]).await;
        put(cache, "other", b"2", &["user 2"]).await;
        assert_eq!(cache.get("both").await.unwrap(), "1");
        cache.invalidate(tag).await;
        assert_eq!(cache.get("both").await, None, "{tag}");
        assert_eq!(cache.get("other").await.unwrap(), "2");
    }
}

async fn a_late_put_does_not_survive_an_invalidation(cache: &dyn Cache) {
    let tags = ["late".to_owned(), "later".to_owned()];
    let before = cache.stamp(&tags).await;
    assert_eq!(before, cache.stamp(&tags).await);
    cache.invalidate("late").await;
    let after = cache.stamp(&tags).await;
    assert_ne!(before, after);
    cache.put("late", "old".into(), LONG, &before).await;
    assert_eq!(cache.get("late").await, None);
    cache.put("late", "new".into(), LONG, &after).await;
    cache.put("late", "old".into(), LONG, &before).await;
    assert_eq!(cache.get("late").await.unwrap(), "new");
}

/// One writer counts up and invalidates; readers keep what they read. Nobody may then see less than
/// what the writer had finished.
async fn races_never_bring_an_old_value_back(cache: &dyn Cache) {
    use std::sync::atomic::{AtomicU64, Ordering};
    let (truth, finished) = (AtomicU64::new(0), AtomicU64::new(0));
    let tags = ["counter".to_owned()];
    let write = async {
        for number in 1..=100 {
            truth.store(number, Ordering::SeqCst);
            cache.invalidate("counter").await;
            finished.store(number, Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
    };
    let read = || async {
        while finished.load(Ordering::SeqCst) < 100 {
            let least = finished.load(Ordering::SeqCst);
            if let Some(seen) = cache.get("counter").await {
                let seen: u64 = std::str::from_utf8(&seen).unwrap().parse().unwrap();
                assert!(seen >= least, "{seen} after {least}");
            }
            let stamp = cache.stamp(&tags).await;
            let read = truth.load(Ordering::SeqCst).to_string();
            tokio::task::yield_now().await;
            cache.put("counter", read.into(), LONG, &stamp).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(write, read(), read(), read());
}
