//! Loads a value that is missing once, however many ask for it at the same time in this process.
//!
//! miss -> stamp of the tags -> flight of that key and stamp -> the first to come leads: it looks again,
//! loads, puts, and leaves the outcome for those who wait. The stamp is part of a flight's name so
//! that somebody who has just invalidated a tag does not join a flight that took off before.

use std::{
    any::Any,
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;

use super::{Cache, Stamp};

/// Where a value belongs in the cache.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Its key.
    pub key: String,
    /// How long it may be kept.
    pub lifetime: Duration,
    /// What invalidates it.
    pub tags: Vec<String>,
}

/// A cache that loads what it lacks; clones share their flights.
#[derive(Clone)]
pub struct SingleFlight {
    cache: Arc<dyn Cache>,
    flights: Arc<Flights>,
}

type Name = (String, Stamp);
type Flight = Arc<tokio::sync::Mutex<Outcome>>;

#[derive(Default)]
struct Flights(Mutex<HashMap<Name, Flight>>);

/// What a flight brought. While it is pending, whoever holds its lock leads.
enum Outcome {
    Pending,
    Loaded(Bytes),
    Failed(Arc<dyn Any + Send + Sync>),
}

impl SingleFlight {
    /// Loads what this cache lacks.
    pub fn new(cache: Arc<dyn Cache>) -> Self {
        Self {
            cache,
            flights: Arc::default(),
        }
    }

    /// The cache itself, e.g. to invalidate.
    pub fn cache(&self) -> &Arc<dyn Cache> {
        &self.cache
    }

    /// The value of the slot; when it is missing, what `load` gives. When the caller that loads goes away, the
    /// next one that waits loads in its place.
    ///
    /// # Errors
    /// What `load` failed with. Those who waited for it get the same error; those who come later load again.
    pub async fn get_or_load<E, L, F>(&self, slot: &Slot, load: L) -> Result<Bytes, Arc<E>>
    where
        E: Send + Sync + 'static,
        L: FnOnce() -> F,
        F: Future<Output = Result<Bytes, E>>,
    {
        if let Some(value) = self.cache.get(&slot.key).await {
            return Ok(value);
        }
        let stamp = self.cache.stamp(&slot.tags).await;
        let seat = self.flights.join((slot.key.clone(), stamp.clone()));
        let mut outcome = seat.flight.lock().await;
        match &*outcome {
            Outcome::Loaded(value) => return Ok(value.clone()),
            Outcome::Failed(error) => {
                if let Ok(error) = Arc::clone(error).downcast::<E>() {
                    return Err(error);
                }
            }
            Outcome::Pending => {}
        }
        let result = self.lead(slot, &stamp, load).await.map_err(Arc::new);
        *outcome = match &result {
            Ok(value) => Outcome::Loaded(value.clone()),
            Err(error) => Outcome::Failed(Arc::clone(error) as Arc<dyn Any + Send + Sync>),
        };
        self.flights.land(&seat);
        result
    }

    /// Looks again, since a flight may have landed between our miss and our turn; then loads.
    async fn lead<E, L, F>(&self, slot: &Slot, stamp: &Stamp, load: L) -> Result<Bytes, E>
    where
        L: FnOnce() -> F,
        F: Future<Output = Result<Bytes, E>>,
    {
        if let Some(value) = self.cache.get(&slot.key).await {
            return Ok(value);
        }
        let value = load().await?;
        self.cache
            .put(&slot.key, value.clone(), slot.lifetime, stamp)
            .await;
        Ok(value)
    }
}

/// One caller's place in a flight; the last one to leave forgets a flight that nobody leads.
struct Seat<'a> {
    flights: &'a Flights,
    name: Name,
    flight: Flight,
}

impl Flights {
    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(&self, name: Name) -> Seat<'_> {
        let start = || Arc::new(tokio::sync::Mutex::new(Outcome::Pending));
        let flight = Arc::clone(self.lock().entry(name.clone()).or_insert_with(start));
        Seat {
            flights: self,
            name,
            flight,
        }
    }

    /// Those who come from now on start a flight of their own.
    fn land(&self, seat: &Seat<'_>) {
        let mut flights = self.lock();
        if is_current(&flights, seat) {
            flights.remove(&seat.name);
        }
    }
}

fn is_current(flights: &HashMap<Name, Flight>, seat: &Seat<'_>) -> bool {
    flights
        .get(&seat.name)
        .is_some_and(|flight| Arc::ptr_eq(flight, &seat.flight))
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        // Two: the list's and ours. Others are only made under the list's lock.
        if is_current(&flights, self) && Arc::strong_count(&self.flight) == 2 {
            flights.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;
    use tokio::{
        sync::Notify,
        time::{sleep, timeout},
    };

    use super::*;
    use crate::adapters::{MokaCache, SeededRandomness};

    fn single_flight() -> SingleFlight {
        let randomness = Arc::new(SeededRandomness::default());
        SingleFlight::new(Arc::new(MokaCache::new(1 << 20, randomness)))
    }

    fn slot() -> Slot {
        Slot {
            key: "answer".into(),
            lifetime: Duration::from_mins(1),
            tags: vec!["documents".into()],
        }
    }

    #[tokio::test]
    async fn a_hundred_misses_load_once() {
        let (cache, slot, loads) = (single_flight(), slot(), AtomicUsize::new(0));
        let load = || async {
            loads.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_millis(20)).await;
            Ok::<_, ()>(Bytes::from_static(b"42"))
        };
        let all = join_all((0..100).map(|_| cache.get_or_load(&slot, load))).await;
        assert!(all.iter().all(|one| one.as_deref() == Ok(&b"42"[..])));
        assert_eq!(loads.load(Ordering::Relaxed), 1);
        assert_eq!(cache.get_or_load(&slot, load).await.unwrap(), "42");
        assert_eq!(loads.load(Ordering::Relaxed), 1);
        assert!(cache.flights.lock().is_empty());
    }

    #[tokio::test]
    async fn an_error_reaches_all_who_wait_and_is_not_kept() {
        let (cache, slot, loads) = (single_flight(), slot(), AtomicUsize::new(0));
        let fail = || async {
            loads.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_millis(20)).await;
            Err::<Bytes, _>("away")
        };
        let all = join_all((0..20).map(|_| cache.get_or_load(&slot, fail))).await;
        assert!(all.iter().all(|one| **one.as_ref().unwrap_err() == "away"));
        assert_eq!(loads.load(Ordering::Relaxed), 1);
        let load = || async { Ok::<_, &str>(Bytes::from_static(b"back")) };
        assert_eq!(cache.get_or_load(&slot, load).await.unwrap(), "back");
        assert!(cache.flights.lock().is_empty());
    }

    #[tokio::test]
    async fn a_leader_that_goes_away_strands_nobody() {
        let (cache, slot) = (single_flight(), slot());
        let started = Arc::new(Notify::new());
        let leader = tokio::spawn({
            let (cache, slot, started) = (cache.clone(), slot.clone(), started.clone());
            async move {
                let load = || async {
                    started.notify_one();
                    std::future::pending::<Result<Bytes, ()>>().await
                };
                cache.get_or_load(&slot, load).await
            }
        });
        started.notified().await;
        let follower = tokio::spawn({
            let (cache, slot) = (cache.clone(), slot.clone());
            async move {
                let load = || async { Ok::<_, ()>(Bytes::from_static(b"taken over")) };
                cache.get_or_load(&slot, load).await
            }
        });
        sleep(Duration::from_millis(20)).await;
        assert!(!follower.is_finished());
        leader.abort();
        assert_eq!(follower.await.unwrap().unwrap(), "taken over");
        assert!(cache.flights.lock().is_empty());
    }

    #[tokio::test]
    async fn when_all_go_away_the_flight_is_forgotten() {
        let (cache, slot) = (single_flight(), slot());
        let load = || std::future::pending::<Result<Bytes, ()>>();
        let loading = cache.get_or_load(&slot, load);
        timeout(Duration::from_millis(20), loading)
            .await
            .unwrap_err();
        assert!(cache.flights.lock().is_empty());
    }

    #[tokio::test]
    async fn who_has_invalidated_does_not_join_an_older_flight() {
        let (cache, slot) = (single_flight(), slot());
        let (started, go_on) = (Notify::new(), Notify::new());
        let old = cache.get_or_load(&slot, || async {
            started.notify_one();
            go_on.notified().await;
            Ok::<_, ()>(Bytes::from_static(b"old"))
        });
        let new = async {
            started.notified().await;
            cache.cache().invalidate("documents").await;
            let load = || async { Ok::<_, ()>(Bytes::from_static(b"new")) };
            let value = cache.get_or_load(&slot, load).await;
            go_on.notify_one();
            value
        };
        // Whoever joins waits for itself.
        let both = async { tokio::join!(old, new) };
        let (old, new) = timeout(Duration::from_secs(5), both).await.unwrap();
        assert_eq!((old.unwrap(), new.unwrap()), ("old".into(), "new".into()));
        assert_eq!(cache.cache().get("answer").await.unwrap(), "new");
    }
}
