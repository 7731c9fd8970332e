//! How much assistants may ask for at once, so that they leave places to those with keys.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    features::live::{self, too_many},
    http::{ClientAddress, Fault},
};

/// Places for assistants' requests.
pub struct Places {
    /// Their own.
    own: Arc<Semaphore>,
    /// Those for streams, shared with all other ways to be heard.
    streams: live::Places,
}

/// A place; free again when dropped.
pub struct Place {
    _own: OwnedSemaphorePermit,
    _stream: Option<live::Place>,
}

impl Places {
    /// So many of their own.
    pub fn new(own: usize, streams: live::Places) -> Self {
        Self {
            own: Arc::new(Semaphore::new(own)),
            streams,
        }
    }

    /// One for a stream that is heard.
    ///
    /// # Errors
    /// When there is none.
    pub fn for_stream(&self, address: ClientAddress) -> Result<Place, Fault> {
        let own = self.own()?;
        Ok(Place {
            _own: own,
            _stream: Some(self.streams.take_for_stream(address.into())?),
        })
    }

    /// One for a text that is spoken.
    ///
    /// # Errors
    /// When there is none.
    pub fn for_text(&self) -> Result<Place, Fault> {
        Ok(Place {
            _own: self.own()?,
            _stream: None,
        })
    }

    fn own(&self) -> Result<OwnedSemaphorePermit, Fault> {
        let place = Arc::clone(&self.own).try_acquire_owned();
        place.map_err(|_| {
            too_many(
                "as many requests as `wyoming.requests` allows are being served; try again later",
            )
        })
    }
}
