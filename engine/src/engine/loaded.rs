//! Models in memory: loaded once, shared, unloaded when idle or when room is needed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::Result;

/// The loaded models of one task, by id.
pub(super) struct Loaded<T: ?Sized> {
    slots: Mutex<HashMap<String, Slot<T>>>,
    /// Held while a model is read from disk, so that two callers never load the same one twice.
    loading: Mutex<()>,
}

struct Slot<T: ?Sized> {
    model: Arc<T>,
    bytes: u64,
    last_used: Instant,
}

impl<T: ?Sized> Default for Loaded<T> {
    fn default() -> Self {
        Self {
            slots: Mutex::default(),
            loading: Mutex::default(),
        }
    }
}

/// Parts of several tasks' caches that decide who makes room.
pub(super) trait Evict {
    /// Bytes of model files in memory.
    fn bytes(&self) -> u64;
    /// When the least recently used model that nobody works with was used.
    fn oldest(&self) -> Option<Instant>;
    /// Unloads unused models that were last used at or before `limit`.
    fn unload_until(&self, limit: Instant);
}

impl<T: ?Sized> Loaded<T> {
    /// The model, loaded by `load` (which also tells its size in bytes) when it is not in memory.
    pub(super) fn get(
        &self,
        id: &str,
        load: impl FnOnce() -> Result<(Arc<T>, u64)>,
    ) -> Result<Arc<T>> {
        if let Some(model) = self.touch(id) {
            return Ok(model);
        }
        let _loading = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = self.touch(id) {
            return Ok(model);
        }
        let started = Instant::now();
        let (model, bytes) = load()?;
        tracing::info!(
            model = id,
            bytes,
            seconds = started.elapsed().as_secs_f64(),
            "model loaded"
        );
        let slot = Slot {
            model: Arc::clone(&model),
            bytes,
            last_used: Instant::now(),
        };
        self.slots().insert(id.to_owned(), slot);
        Ok(model)
    }

    fn touch(&self, id: &str) -> Option<Arc<T>> {
        let mut slots = self.slots();
        let slot = slots.get_mut(id)?;
        slot.last_used = Instant::now();
        Some(Arc::clone(&slot.model))
    }

    /// A panic while the lock is held leaves the map whole, so poisoning carries no news.
    fn slots(&self) -> MutexGuard<'_, HashMap<String, Slot<T>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: ?Sized> Evict for Loaded<T> {
    fn bytes(&self) -> u64 {
        self.slots().values().map(|slot| slot.bytes).sum()
    }

    fn oldest(&self) -> Option<Instant> {
        self.slots()
            .values()
            .filter(|slot| slot.is_idle())
            .map(|slot| slot.last_used)
            .min()
    }

    fn unload_until(&self, limit: Instant) {
        self.slots().retain(|id, slot| {
            let keep = !slot.is_idle() || slot.last_used > limit;
            if !keep {
                tracing::info!(model = id, "model unloaded");
            }
            keep
        });
    }
}

impl<T: ?Sized> Slot<T> {
    /// Whether only the cache refers to the model.
    fn is_idle(&self) -> bool {
        Arc::strong_count(&self.model) == 1
    }
}

/// Unloads what was idle for longer than `idle`.
pub(super) fn unload_idle(caches: &[&dyn Evict], idle: Duration, now: Instant) {
    if let Some(limit) = now.checked_sub(idle) {
        for cache in caches {
            cache.unload_until(limit);
        }
    }
}

/// Makes room for `wanted` bytes within `budget`, least recently used first.
pub(super) fn make_room(caches: &[&dyn Evict], budget: u64, wanted: u64) {
    let in_use = || {
        caches
            .iter()
            .map(|cache| cache.bytes())
            .fold(0, u64::saturating_add)
    };
    while in_use().saturating_add(wanted) > budget {
        let Some(oldest) = caches.iter().filter_map(|cache| cache.oldest()).min() else {
            return;
        };
        for cache in caches {
            cache.unload_until(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(cache: &Loaded<str>, id: &str, bytes: u64) -> Arc<str> {
        cache.get(id, || Ok((Arc::from(id), bytes))).unwrap()
    }

    #[test]
    fn a_model_is_loaded_once() {
        let cache = Loaded::<str>::default();
        let first = load(&cache, "a", 1);
        let second = cache.get("a", || panic!("already loaded")).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
    }

    #[test]
    fn only_idle_models_make_room_and_the_oldest_goes_first() {
        let (speech, text) = (Loaded::<str>::default(), Loaded::<str>::default());
        let held = load(&speech, "held", 10);
        load(&speech, "old", 10);
        std::thread::sleep(Duration::from_millis(2));
        load(&text, "new", 10);
        let caches: [&dyn Evict; 2] = [&speech, &text];
        make_room(&caches, 35, 10);
        assert_eq!(
            (speech.bytes(), text.bytes()),
            (10, 10),
            "`old` made room, `held` and `new` stayed"
        );
        unload_idle(&caches, Duration::ZERO, Instant::now());
        assert_eq!(
            (speech.bytes(), text.bytes()),
            (10, 0),
            "a model in use is never unloaded"
        );
        drop(held);
    }
}
