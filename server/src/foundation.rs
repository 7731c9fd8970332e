//! What every use case stands on: rows, time, chance, the secret, the audit log and the queue.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    database::Database,
    ports::{Audit, Clock, Jobs, Randomness},
    secrets::ServerSecret,
};

/// The same for all slices; clones share everything.
#[derive(Clone)]
pub struct Foundation {
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

/// A time of a row as replies have it.
pub fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or_default()
}
