//! The use cases.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use locutor::retrieve::Hit;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{Document, DocumentError, DocumentPage, NewDocument, Seen, prepared::Prepared, store};
use crate::{
    access::Requester,
    entity::document,
    foundation::Foundation,
    http::{Origin, Page},
    ports::{AuditCategory, AuditEvent},
};

/// What adding did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There was none before.
    Created,
    /// It replaced an older one.
    Replaced,
    /// It is there already, word for word.
    Unchanged,
}

/// When an index task gets its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Before all others: what was removed must not be found.
    Now,
    /// After those that wait already.
    InTurn,
}

/// The use cases of documents; clones share the database.
#[derive(Clone)]
pub struct DocumentService {
    pub(super) foundation: Foundation,
    /// Wakes the indexer.
    pub(super) wake: Arc<Notify>,
    limit: u64,
}

impl DocumentService {
    /// Works on the rows of the foundation; documents have at most `limit` bytes.
    pub fn new(foundation: Foundation, limit: u64) -> Self {
        Self {
            foundation,
            wake: Arc::default(),
            limit,
        }
    }

    /// Stores a document. When it returns, the document survives any crash; its vectors follow.
    /// `None` asks from the command line.
    pub async fn add(
        &self,
        new: NewDocument,
        requester: Option<&Requester>,
    ) -> Result<(Document, Outcome), DocumentError> {
        let bytes = new.text.len() as u64;
        if bytes > self.limit {
            return Err(DocumentError::TooLarge {
                bytes,
                limit: self.limit,
            });
        }
        let prepared = Prepared::new(new).await?;
        let transaction = self.foundation.database.begin().await?;
        let existing = existing(&transaction, &prepared.new).await?;
        if !prepared.new.seen.fits(existing.as_ref()) {
            return Err(DocumentError::Changed);
        }
        if let Some(existing) = existing.as_ref().filter(|row| prepared.equals(row)) {
            let task = store::task(&transaction, existing.id).await?;
            return Ok((
                Document::new(existing.clone(), task.as_ref()),
                Outcome::Unchanged,
            ));
        }
        let outcome = if existing.is_some() {
            Outcome::Replaced
        } else {
            Outcome::Created
        };
        let now = self.foundation.now();
        let (row, chunks) = prepared.into_rows(existing, now, || self.foundation.identifier());
        store::replace(&transaction, row.clone(), chunks).await?;
        self.enqueue(&transaction, row.id, Urgency::InTurn).await?;
        let task = store::task(&transaction, row.id).await?;
        let action = match outcome {
            Outcome::Replaced => "document.replace",
            _ => "document.add",
        };
        let event = AuditEvent::new(AuditCategory::User, action).detail("bytes", row.bytes);
        let event = event.on("document", row.id);
        self.record(&transaction, event, row.organisation_id, requester)
            .await?;
        transaction.commit().await?;
        self.wake.notify_one();
        Ok((Document::new(row, task.as_ref()), outcome))
    }

    /// A page of an organisation's documents, oldest first.
    pub async fn list(
        &self,
        organisation: Uuid,
        page: &Page,
    ) -> Result<DocumentPage, DocumentError> {
        let reader = self.foundation.database.reader();
        let rows = store::list(reader, organisation, page.after, page.rows()).await?;
        let (rows, next) = page.cut(rows, |(row, _)| row.id);
        let data = rows
            .into_iter()
            .map(|(row, task)| Document::new(row, task.as_ref()))
            .collect();
        Ok(DocumentPage { data, next })
    }

    /// A document and its text.
    pub async fn get(
        &self,
        organisation: Uuid,
        id: Uuid,
    ) -> Result<Option<(Document, String)>, DocumentError> {
        let Some(row) = store::find(self.foundation.database.reader(), organisation, id).await?
        else {
            return Ok(None);
        };
        let task = store::task(self.foundation.database.reader(), id).await?;
        let text = row.content.clone();
        Ok(Some((Document::new(row, task.as_ref()), text)))
    }

    /// Removes a document; tells whether it was there. Its vectors follow.
    pub async fn delete(
        &self,
        organisation: Uuid,
        id: Uuid,
        seen: Seen,
        requester: &Requester,
    ) -> Result<bool, DocumentError> {
        let transaction = self.foundation.database.begin().await?;
        let found = store::find(&transaction, organisation, id).await?;
        if !seen.fits(found.as_ref()) {
            return Err(DocumentError::Changed);
        }
        let removed = found.is_some() && store::remove(&transaction, id).await?;
        if removed {
            self.enqueue(&transaction, id, Urgency::Now).await?;
            let event = AuditEvent::new(AuditCategory::User, "document.remove");
            let event = event.on("document", id);
            self.record(&transaction, event, organisation, Some(requester))
                .await?;
        }
        transaction.commit().await?;
        self.wake.notify_one();
        Ok(removed)
    }

    /// Removes all documents of an organisation that is gone, so many at once that others can write
    /// in between.
    pub async fn remove_of(&self, organisation: Uuid) -> Result<(), DbErr> {
        const AT_ONCE: u64 = 100;
        loop {
            let transaction = self.foundation.database.begin().await?;
            let some = store::some_ids_of(&transaction, organisation, AT_ONCE).await?;
            if some.is_empty() {
                return Ok(());
            }
            for id in some {
                store::remove(&transaction, id).await?;
                self.enqueue(&transaction, id, Urgency::Now).await?;
            }
            transaction.commit().await?;
            self.wake.notify_one();
        }
    }

    /// Drops hits that the rows do not hold (any more) in these very words. Vectors that nobody is
    /// going to correct, as after a store was put back from an older copy, are queued to be made
    /// anew from the rows.
    pub async fn retain_current(
        &self,
        hits: &mut Vec<Hit>,
        organisation: Uuid,
    ) -> Result<(), DocumentError> {
        if hits.is_empty() {
            return Ok(());
        }
        let documents: HashSet<Uuid> = hits.iter().map(|hit| hit.passage.document).collect();
        let ordinals: HashSet<i32> = hits.iter().map(ordinal).collect();
        let reader = self.foundation.database.reader();
        let own = store::own(reader, organisation, documents.iter().copied()).await?;
        let rows = store::chunks_at(reader, own, ordinals).await?;
        let current: HashMap<(Uuid, i32), &str> = rows
            .iter()
            .map(|row| ((row.document_id, row.ordinal), row.text.as_str()))
            .collect();
        let mut outdated = HashSet::new();
        hits.retain(|hit| {
            let place = (hit.passage.document, ordinal(hit));
            let kept = current.get(&place) == Some(&hit.passage.text.as_str());
            if !kept {
                outdated.insert(hit.passage.document);
            }
            kept
        });
        if !outdated.is_empty() {
            self.correct(outdated).await?;
        }
        Ok(())
    }

    /// Queues the documents whose vectors are wrong, except those that wait already.
    async fn correct(&self, outdated: HashSet<Uuid>) -> Result<(), DbErr> {
        let waiting =
            store::tasks(self.foundation.database.reader(), outdated.iter().copied()).await?;
        let waiting: HashSet<Uuid> = waiting.iter().map(|task| task.document_id).collect();
        let forgotten: Vec<Uuid> = outdated.difference(&waiting).copied().collect();
        if forgotten.is_empty() {
            return Ok(());
        }
        tracing::warn!(
            documents = forgotten.len(),
            "vectors differ from the documents; making them anew"
        );
        let transaction = self.foundation.database.begin().await?;
        for document in forgotten {
            self.enqueue(&transaction, document, Urgency::InTurn)
                .await?;
        }
        transaction.commit().await?;
        self.wake.notify_one();
        Ok(())
    }

    /// Whether the document's vectors are not yet what its rows say.
    pub async fn is_pending(&self, id: Uuid) -> Result<bool, DocumentError> {
        let task = store::task(self.foundation.database.reader(), id).await?;
        Ok(task.is_some_and(|task| task.error.is_none()))
    }

    async fn record(
        &self,
        transaction: &DatabaseTransaction,
        event: AuditEvent,
        organisation: Uuid,
        requester: Option<&Requester>,
    ) -> Result<(), DbErr> {
        let event = match requester {
            Some(requester) => event.asked_by(requester),
            None => AuditEvent {
                organisation: Some(organisation),
                ..event.from(&Origin::command_line())
            },
        };
        self.foundation.audit.record(transaction, event).await
    }

    pub(super) async fn enqueue(
        &self,
        database: &impl ConnectionTrait,
        document: Uuid,
        urgency: Urgency,
    ) -> Result<(), DbErr> {
        let revision = self.foundation.identifier();
        let due_at = match urgency {
            Urgency::Now => 0,
            Urgency::InTurn => self.foundation.now(),
        };
        store::enqueue(database, document, revision, due_at).await
    }
}

/// The document that a new one would replace.
async fn existing(
    database: &impl ConnectionTrait,
    new: &NewDocument,
) -> Result<Option<document::Model>, DocumentError> {
    let by_id = match new.id {
        Some(id) => store::find_any(database, id).await?,
        None => None,
    };
    if by_id
        .as_ref()
        .is_some_and(|row| row.organisation_id != new.organisation)
    {
        return Err(DocumentError::TakenId);
    }
    let Some(external_id) = &new.external_id else {
        return Ok(by_id);
    };
    let by_name = store::find_by_external_id(database, new.organisation, external_id).await?;
    match (&by_id, &by_name) {
        (Some(one), Some(other)) if one.id != other.id => Err(DocumentError::Conflict {
            external_id: external_id.clone(),
        }),
        (None, Some(_)) if new.id.is_some() => Err(DocumentError::Conflict {
            external_id: external_id.clone(),
        }),
        _ => Ok(by_id.or(by_name)),
    }
}

/// A hit's place in its document, as rows have it.
fn ordinal(hit: &Hit) -> i32 {
    i32::try_from(hit.passage.ordinal).unwrap_or(i32::MAX)
}
