//! The use cases: read, export and verify the log. Removing old events is in `retention`.

use std::sync::Arc;

use async_stream::try_stream;
use futures::Stream;
use sea_orm::DbErr;

use super::{
    Anchor, AuditKey, AuditLog, Event, ExportFormat, Filter, Verification, store, verify,
    view::EventPage,
};
use crate::{
    access::Caller,
    database::Database,
    http::Origin,
    ports::{Audit, AuditCategory, AuditEvent, Clock, Randomness},
};

/// Events read at a time for an export.
const PAGE: u64 = 500;

/// The use cases of the audit log; clones share everything.
#[derive(Clone)]
pub struct AuditService {
    pub(super) database: Database,
    pub(super) key: AuditKey,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) log: Arc<AuditLog>,
}

impl AuditService {
    /// Works on the database under this key, with the given time and chance.
    pub fn new(
        database: Database,
        key: AuditKey,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Self {
        let log = Arc::new(AuditLog::new(key.clone(), clock.clone(), randomness));
        Self {
            database,
            key,
            clock,
            log,
        }
    }

    /// What other slices append with.
    pub fn log(&self) -> Arc<dyn Audit> {
        self.log.clone()
    }

    /// A page of events, newest first; `before` is the end of the page before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(
        &self,
        filter: &Filter,
        before: Option<i64>,
        limit: u64,
    ) -> Result<EventPage, DbErr> {
        let query = store::newest(filter, before.unwrap_or(i64::MAX), limit + 1);
        let mut rows = query.all(self.database.reader()).await?;
        let more = rows.len() as u64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = rows.last().filter(|_| more).map(|row| row.sequence);
        let data = rows.into_iter().map(Event::from).collect();
        Ok(EventPage { data, next })
    }

    /// All events that fit and are there now, oldest first, as pieces of text.
    pub fn export(
        &self,
        filter: Filter,
        format: ExportFormat,
    ) -> impl Stream<Item = anyhow::Result<Vec<u8>>> + Send + 'static {
        let database = self.database.clone();
        try_stream! {
            yield format.header()?;
            let head = store::head(database.reader()).await?;
            // Whatever is appended meanwhile, the export ends.
            let last = head.map_or(i64::MAX, |head| head.sequence);
            let mut after = i64::MIN;
            loop {
                let rows = store::oldest(&filter, after, last, PAGE).all(database.reader()).await?;
                let Some(end) = rows.last() else { break };
                after = end.sequence;
                let events: Vec<_> = rows.into_iter().map(Event::from).collect();
                yield format.page(&events)?;
            }
        }
    }

    /// Writes down that somebody takes the log away.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_export(&self, caller: &Caller, origin: &Origin) -> Result<(), DbErr> {
        let event = AuditEvent::new(AuditCategory::Security, "audit.export")
            .by(caller.actor, Some(caller.organisation))
            .from(origin);
        let transaction = self.database.begin().await?;
        self.log.record(&transaction, event).await?;
        transaction.commit().await
    }

    /// Walks the whole chain, as it is now.
    ///
    /// # Errors
    /// When the database fails; a broken chain is no error but a result.
    pub async fn verify(&self, anchor: Option<&Anchor>) -> Result<Verification, DbErr> {
        let snapshot = self.database.snapshot().await?;
        verify::verify(&snapshot, &self.key, anchor).await
    }
}
