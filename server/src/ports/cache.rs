//! Values that are quicker to keep than to make, in this process or shared by several.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

/// A cache. A backend that fails behaves like an empty one: a cache never fails a request.
#[async_trait]
pub trait Cache: Send + Sync {
    /// The value, unless it is absent, too old or was invalidated.
    async fn get(&self, key: &str) -> Option<Bytes>;

    /// Keeps a value for about `lifetime` (a little less, at random, so that values that were made
    /// together do not all expire together). Invalidating any of the tags drops it.
    async fn put(&self, key: &str, value: Bytes, lifetime: Duration, tags: &[String]);

    /// Drops every value that has the tag, in every process that shares the cache.
    async fn invalidate(&self, tag: &str);
}
