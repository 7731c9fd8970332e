//! What every use case stands on: rows, time, chance, the secret, the audit log and the queue.

use std::{ops::Deref, sync::Arc};

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    database::Database,
    ports::{Audit, Clock, Jobs, Randomness},
    secrets::ServerSecret,
};

/// The same for all slices; clones share everything, and are cheap: every request makes some.
#[derive(Clone)]
pub struct Foundation(Arc<Parts>);

/// What it consists of.
pub struct Parts {
    /// Rows.
    pub database: Database,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub randomness: Arc<dyn Randomness>,
    /// The server's secret.
    pub secret: ServerSecret,
    /// What was done.
    pub audit: Arc<dyn Audit>,
    /// What is to be done later.
    pub jobs: Arc<dyn Jobs>,
}

impl Deref for Foundation {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl From<Parts> for Foundation {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Foundation {
    /// Now, as rows have it.
    pub fn now(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    /// A new identifier.
    pub fn identifier(&self) -> Uuid {
        self.randomness.identifier(self.clock.as_ref())
    }
}

/// Milliseconds of a minute, as rows count time.
pub const MINUTE: i64 = 60_000;
/// Milliseconds of an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Milliseconds of a day.
pub const DAY: i64 = 24 * HOUR;

/// A time of a row as replies have it.
pub fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or_default()
}
