//! Handshakes that are going on.
//!
//! An honest client needs milliseconds, a hostile one as long as it is allowed. When there are too
//! many, the oldest gives way: so those who only hold places lose them, and nobody else waits.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// Handshakes that are going on, oldest first.
#[derive(Debug)]
pub struct Handshakes {
    most: usize,
    running: Mutex<Running>,
}

#[derive(Debug, Default)]
struct Running {
    next: u64,
    places: VecDeque<(u64, oneshot::Sender<()>)>,
}

/// A place among them, until it is dropped.
#[derive(Debug)]
pub struct Place<'a> {
    handshakes: &'a Handshakes,
    number: u64,
    displaced: oneshot::Receiver<()>,
}

impl Handshakes {
    /// At most so many at the same time.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            running: Mutex::default(),
        }
    }

    /// Takes a place, if need be the oldest one's.
    pub fn begin(&self) -> Place<'_> {
        let (keep, displaced) = oneshot::channel();
        let mut running = self.running();
        let number = running.next;
        running.next += 1;
        running.places.push_back((number, keep));
        if running.places.len() > self.most {
            running.places.pop_front();
        }
        Place {
            handshakes: self,
            number,
            displaced,
        }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Resolves when another took the place.
    pub async fn displaced(&mut self) {
        // Nobody ever sends; the sender is dropped.
        (&mut self.displaced).await.ok();
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let places = &mut self.handshakes.running().places;
        if let Ok(index) = places.binary_search_by_key(&self.number, |place| place.0) {
            places.remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn the_oldest_gives_way() {
        let handshakes = Handshakes::new(2);
        let (mut one, mut two) = (handshakes.begin(), handshakes.begin());
        assert!(one.displaced().now_or_never().is_none());
        let mut three = handshakes.begin();
        assert!(one.displaced().now_or_never().is_some());
        assert!(two.displaced().now_or_never().is_none());
        drop(two);
        let _four = handshakes.begin();
        assert!(three.displaced().now_or_never().is_none());
        let _five = handshakes.begin();
        assert!(three.displaced().now_or_never().is_some());
    }
}
