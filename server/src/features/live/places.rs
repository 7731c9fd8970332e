//! Places: so many in all, of which one holder has so many at most, so that nobody takes them all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Holder;
use crate::{config::Limits, http::Fault};

/// When to ask for a place again.
const AGAIN: Duration = Duration::from_secs(5);

/// Places; clones share them.
#[derive(Clone)]
pub struct Places(Arc<Shared>);

struct Shared {
    all: Arc<Semaphore>,
    most: u32,
    most_of_one: usize,
    /// How many each holder has, of those who have any.
    taken: Mutex<HashMap<Holder, usize>>,
}

/// A place; free again when dropped.
pub struct Place {
    shared: Arc<Shared>,
    holder: Holder,
    _permit: OwnedSemaphorePermit,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// All are taken.
    All,
    /// The holder has as many as one may have.
    OfHolder,
}

impl Places {
    /// So many, and so many for one holder.
    pub fn new(most: usize, most_of_one: usize) -> Self {
        // More could not be waited for at once.
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        Self(Arc::new(Shared {
            all: Arc::new(Semaphore::new(most as usize)),
            most,
            most_of_one,
            taken: Mutex::default(),
        }))
    }

    /// Those for streams of speech.
    pub fn for_streams(limits: &Limits) -> Self {
        Self::new(limits.live_streams, limits.live_streams_of_one())
    }

    /// Takes one.
    ///
    /// # Errors
    /// When there is none for this holder.
    pub fn take(&self, holder: Holder) -> Result<Place, Full> {
        let shared = &self.0;
        let mut taken = shared.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.get(&holder).copied().unwrap_or_default();
        if own >= shared.most_of_one {
            return Err(Full::OfHolder);
        }
        let permit = Arc::clone(&shared.all).try_acquire_owned();
        let permit = permit.map_err(|_| Full::All)?;
        taken.insert(holder, own + 1);
        Ok(Place {
            shared: Arc::clone(shared),
            holder,
            _permit: permit,
        })
    }

    /// Takes one for a stream of speech.
    ///
    /// # Errors
    /// 429 when there is none for this holder, with the setting that says so.
    pub fn take_for_stream(&self, holder: Holder) -> Result<Place, Fault> {
        self.take(holder).map_err(|full| match full {
            Full::All => too_many(
                "as many streams as `limits.live_streams` allows are being heard; try again later",
            ),
            Full::OfHolder => too_many(
                "you have as many streams as `limits.live_streams_per_caller` allows; close one, or try again later",
            ),
        })
    }

    /// Once every place has been given back.
    pub async fn all_free(&self) {
        self.0.all.acquire_many(self.0.most).await.ok();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let taken = self.shared.taken.lock();
        let mut taken = taken.unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.holder) {
            Some(own) if *own > 1 => *own -= 1,
            // Whoever has none is forgotten: addresses come and go.
            _ => drop(taken.remove(&self.holder)),
        }
    }
}

/// There is no place.
pub fn too_many(message: &str) -> Fault {
    let mut fault = Fault::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", message);
    fault.retry_after = Some(AGAIN);
    fault
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ADA: Holder = Holder::Key(Uuid::from_u128(1));
    const BOB: Holder = Holder::Account(Uuid::from_u128(1));

    #[test]
    fn nobody_takes_the_places_of_all() {
        let places = Places::new(3, 2);
        let first = places.take(ADA);
        let second = places.take(ADA).ok();
        assert_eq!(places.take(ADA).err(), Some(Full::OfHolder));
        let third = places.take(BOB).ok();
        assert_eq!(places.take(BOB).err(), Some(Full::All));
        drop(first);
        let again = places.take(ADA).ok();
        assert!(again.is_some());
        drop((second, third, again));
        assert!(places.0.taken.lock().unwrap().is_empty());
    }

    #[test]
    fn refusals_say_when_to_come_again_and_which_setting_it_was() {
        let places = Places::new(2, 1);
        let own = places.take(ADA).ok();
        let refused = places.take_for_stream(ADA).err().unwrap();
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.retry_after, Some(AGAIN));
        assert!(refused.message.contains("live_streams_per_caller"));
        let other = places.take(BOB).ok();
        let third = Holder::Key(Uuid::from_u128(3));
        let refused = places.take_for_stream(third).err().unwrap();
        assert!(refused.message.contains("`limits.live_streams`"));
        drop((own, other));
    }

    #[tokio::test]
    async fn it_is_known_when_all_are_free() {
        let places = Places::new(2, 2);
        places.all_free().await;
        let place = places.take(ADA).ok();
        let wait = Duration::from_millis(10);
        assert!(tokio::time::timeout(wait, places.all_free()).await.is_err());
        drop(place);
        places.all_free().await;
    }
}
