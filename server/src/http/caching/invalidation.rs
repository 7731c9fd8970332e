//! Dropping kept replies when what they show changes.

use std::sync::Arc;

use crate::ports::Cache;

/// A write that is going on. Its replies are dropped when it ends, also when its client has left and the
/// handler is dropped half way: it may have changed something by then.
pub struct Invalidation {
    cache: Arc<dyn Cache>,
    tag: Option<String>,
}

impl Invalidation {
    /// Prepares for the end of a write.
    pub fn of(tag: String, cache: Arc<dyn Cache>) -> Self {
        Self {
            cache,
            tag: Some(tag),
        }
    }

    /// Drops the replies, before the writer learns that it succeeded: it must read its own writes.
    pub async fn finish(mut self) {
        // Taken only afterwards: when this is dropped while it waits, the rest is made up for.
        if let Some(tag) = self.tag.clone() {
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
        let cache = self.cache.clone();
        runtime.spawn(async move { cache.invalidate(&tag).await });
    }
}
