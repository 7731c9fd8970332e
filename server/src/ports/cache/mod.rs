//! Values that are quicker to keep than to make, in this process or shared by several.
//!
//! [`SingleFlight::get_or_load`] is how use cases read: [`Cache::get`] -> on a miss [`Cache::stamp`] -> load ->
//! [`Cache::put`] with that stamp. Whoever changes what a value was made of calls [`Cache::invalidate`] after the
//! change is committed. A value that was loaded before the change carries a stamp from before it, and is
//! never served after it, however late it is put.

mod single_flight;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

pub use single_flight::{SingleFlight, Slot};

/// A cache. A backend that fails behaves like an empty one: a cache never fails a request.
#[async_trait]
pub trait Cache: Send + Sync {
    /// The value, unless it is absent, too old or was invalidated.
    async fn get(&self, key: &str) -> Option<Bytes>;

    /// What the tags stand at. Take it before reading what a value is made of.
    async fn stamp(&self, tags: &[String]) -> Stamp;

    /// Keeps a value for about `lifetime` (a little less, at random, so that values that were made
    /// together do not all expire together), unless one of the stamp's tags was invalidated since.
    async fn put(&self, key: &str, value: Bytes, lifetime: Duration, stamp: &Stamp);

    /// Drops every value that has the tag, in every process that shares the cache. Call it after
    /// the change is committed: earlier, a reader could keep the old value again.
    async fn invalidate(&self, tag: &str);
}

/// What some tags stood at when somebody looked: the proof that [`Cache::put`] asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stamp {
    tags: Vec<(String, String)>,
    missed: Option<u64>,
}

impl Stamp {
    /// The tags, each with the generation that its values belong to.
    pub fn new(tags: Vec<(String, String)>) -> Self {
        Self { tags, missed: None }
    }

    /// Nobody knows what the tags stand at, so that nothing is kept under this stamp. It counts the
    /// invalidations that got lost, to tell what was loaded before one from what was loaded after.
    pub fn unknown(missed: u64) -> Self {
        Self {
            tags: Vec::new(),
            missed: Some(missed),
        }
    }

    /// The tags and their generations; `None` when nobody knows them.
    pub fn tags(&self) -> Option<&[(String, String)]> {
        self.missed.is_none().then_some(&self.tags)
    }
}
