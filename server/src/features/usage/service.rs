//! The use cases: count, write down, read.

use std::{
    future::Future,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use sea_orm::DbErr;
use tokio::time::{MissedTickBehavior, interval};

use super::{
    query::{ErrorList, ErrorQuery, Range, UsageQuery, UsageReport},
    store::{self, CodeCount, Sums},
    tally::{Observed, Tally},
};
use crate::{
    access::{Caller, Scope},
    database::Database,
    ports::Clock,
};

/// How often the sums are written.
const PERIOD: Duration = Duration::from_secs(10);

/// The use cases of usage; clones share everything.
#[derive(Clone)]
pub struct UsageService {
    pub(super) database: Database,
    pub(super) clock: Arc<dyn Clock>,
    tally: Arc<Mutex<Tally>>,
}

impl UsageService {
    /// Works on the database with the given time.
    pub fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        Self {
            database,
            clock,
            tally: Arc::default(),
        }
    }

    /// Counts a request, in memory.
    pub fn count(&self, observed: &Observed) {
        self.with_tally(|tally| tally.add(observed));
    }

    /// Writes the sums every few seconds, and a last time once `stop` is there. Let it come to its
    /// end: whoever aborts it may lose, or count twice, what it is just writing.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            let last = tokio::select! {
                () = &mut stop => true,
                _ = ticks.tick() => false,
            };
            match self.flush().await {
                Ok(()) => failing = false,
                Err(error) if failing && !last => {
                    tracing::debug!(%error, "usage still cannot be written");
                }
                Err(error) => {
                    tracing::warn!(%error, "usage cannot be written; it is kept in memory until it can");
                    failing = true;
                }
            }
            if last {
                return;
            }
        }
    }

    /// Writes the sums now; what cannot be written is kept for the next time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn flush(&self) -> Result<(), DbErr> {
        let taken = self.with_tally(std::mem::take);
        if taken.is_empty() {
            return Ok(());
        }
        let outcome = self.write(&taken).await;
        if outcome.is_err() {
            self.with_tally(|tally| tally.absorb(taken));
        }
        outcome
    }

    async fn write(&self, tally: &Tally) -> Result<(), DbErr> {
        let transaction = self.database.begin().await?;
        store::add_minutes(&transaction, tally.minutes()).await?;
        store::add_errors(&transaction, tally.errors()).await?;
        transaction.commit().await
    }

    fn with_tally<T>(&self, work: impl FnOnce(&mut Tally) -> T) -> T {
        work(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds up what the caller may see.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report(&self, caller: &Caller, query: &UsageQuery) -> Result<UsageReport, DbErr> {
        let range = self.range(caller, query.from, query.to);
        let reader = self.database.reader();
        let groups = store::sums(&range, query.group, query.limit)
            .into_model::<Sums>()
            .all(reader)
            .await?;
        let codes = store::codes(&range)
            .into_model::<CodeCount>()
            .all(reader)
            .await?;
        Ok(UsageReport {
            data: groups.into_iter().map(Into::into).collect(),
            errors: codes.into_iter().map(Into::into).collect(),
        })
    }

    /// The server's latest failures that the caller may see.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn errors(&self, caller: &Caller, query: &ErrorQuery) -> Result<ErrorList, DbErr> {
        let range = self.range(caller, query.from, query.to);
        let rows = store::server_errors(&range, query.limit)
            .all(self.database.reader())
            .await?;
        let data = rows.into_iter().map(Into::into).collect();
        Ok(ErrorList { data })
    }

    /// Removes usage from before this time; tells how many rows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&self, before: Timestamp) -> Result<u64, DbErr> {
        store::purge(self.database.writer(), before.as_millisecond()).await
    }

    /// Who manages the server sees every organisation.
    fn range(&self, caller: &Caller, from: Option<Timestamp>, to: Option<Timestamp>) -> Range {
        let limited = !caller.may(Scope::InstanceManage);
        let organisation = limited.then_some(caller.organisation);
        Range::new(from, to, self.clock.now(), organisation)
    }
}
