//! The use cases.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use locutor::{
    converse,
    retrieve::{Hit, Passage},
    text::Format,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use sha2::{Digest, Sha256};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{Document, DocumentError, Page, page::DocumentPage, store};
use crate::{
    database::Database,
    entity::{chunk, document},
    ports::{Clock, Randomness},
};

/// A document to add, or to put in the place of an older one.
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// The organisation it belongs to.
    pub organisation: Uuid,
    /// Put it in the place of this document, or give it this id.
    pub id: Option<Uuid>,
    /// The caller's own name for it; the same name replaces the document.
    pub external_id: Option<String>,
    /// What to cite it by; `None` takes its first line.
    pub title: Option<String>,
    /// Its markup.
    pub format: Format,
    /// The source.
    pub text: String,
    /// Labels to filter by.
    pub tags: Vec<String>,
}

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
    pub(super) database: Database,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Arc<dyn Randomness>,
    /// Wakes the indexer.
    pub(super) wake: Arc<Notify>,
    limit: u64,
}

impl DocumentService {
    /// Works on the database; documents have at most `limit` bytes.
    pub fn new(
        database: Database,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
        limit: u64,
    ) -> Self {
        Self {
            database,
            clock,
            randomness,
            wake: Arc::default(),
            limit,
        }
    }

    /// Stores a document. When it returns, the document survives any crash; its vectors follow.
    pub async fn add(&self, new: NewDocument) -> Result<(Document, Outcome), DocumentError> {
        let bytes = new.text.len() as u64;
        if bytes > self.limit {
            return Err(DocumentError::TooLarge {
                bytes,
                limit: self.limit,
            });
        }
        let prepared = prepare(new).await?;
        let transaction = self.database.begin().await?;
        let existing = existing(&transaction, &prepared.new).await?;
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
        let (row, chunks) = self.rows(prepared, existing);
        store::replace(&transaction, row.clone(), chunks).await?;
        self.enqueue(&transaction, row.id, Urgency::InTurn).await?;
        let task = store::task(&transaction, row.id).await?;
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
        let reader = self.database.reader();
        let mut rows = store::list(reader, organisation, page.after, page.limit + 1).await?;
        let more = rows.len() as u64 > page.limit;
        rows.truncate(page.limit as usize);
        let next = rows.last().map(|(row, _)| row.id).filter(|_| more);
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
        let Some(row) = store::find(self.database.reader(), organisation, id).await? else {
            return Ok(None);
        };
        let task = store::task(self.database.reader(), id).await?;
        let text = row.content.clone();
        Ok(Some((Document::new(row, task.as_ref()), text)))
    }

    /// Removes a document; tells whether it was there. Its vectors follow.
    pub async fn delete(&self, organisation: Uuid, id: Uuid) -> Result<bool, DocumentError> {
        let transaction = self.database.begin().await?;
        let removed = match store::find(&transaction, organisation, id).await? {
            Some(_) => store::remove(&transaction, id).await?,
            None => false,
        };
        if removed {
            self.enqueue(&transaction, id, Urgency::Now).await?;
        }
        transaction.commit().await?;
        self.wake.notify_one();
        Ok(removed)
    }

    /// Removes all documents of an organisation that is gone.
    pub async fn remove_of(
        &self,
        transaction: &DatabaseTransaction,
        organisation: Uuid,
    ) -> Result<(), DbErr> {
        for id in store::ids(transaction, Some(organisation)).await? {
            store::remove(transaction, id).await?;
            self.enqueue(transaction, id, Urgency::Now).await?;
        }
        Ok(())
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
        let reader = self.database.reader();
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
        let waiting = store::tasks(self.database.reader(), outdated.iter().copied()).await?;
        let waiting: HashSet<Uuid> = waiting.iter().map(|task| task.document_id).collect();
        let forgotten: Vec<Uuid> = outdated.difference(&waiting).copied().collect();
        if forgotten.is_empty() {
            return Ok(());
        }
        tracing::warn!(
            documents = forgotten.len(),
            "vectors differ from the documents; making them anew"
        );
        let transaction = self.database.begin().await?;
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
        let task = store::task(self.database.reader(), id).await?;
        Ok(task.is_some_and(|task| task.error.is_none()))
    }

    pub(super) async fn enqueue(
        &self,
        database: &impl ConnectionTrait,
        document: Uuid,
        urgency: Urgency,
    ) -> Result<(), DbErr> {
        let revision = self.randomness.identifier(self.clock.as_ref());
        let due_at = match urgency {
            Urgency::Now => 0,
            Urgency::InTurn => self.clock.now().as_millisecond(),
        };
        store::enqueue(database, document, revision, due_at).await
    }

    fn rows(
        &self,
        prepared: Prepared,
        existing: Option<document::Model>,
    ) -> (document::Model, Vec<chunk::Model>) {
        let new_id = || self.randomness.identifier(self.clock.as_ref());
        let now = self.clock.now().as_millisecond();
        let new = prepared.new;
        let id = existing
            .as_ref()
            .map(|row| row.id)
            .or(new.id)
            .unwrap_or_else(new_id);
        let chunks: Vec<_> = prepared
            .passages
            .into_iter()
            .map(|passage| chunk_row(id, new_id(), passage))
            .collect();
        let row = document::Model {
            id,
            organisation_id: new.organisation,
            external_id: new
                .external_id
                .or_else(|| existing.as_ref().and_then(|row| row.external_id.clone())),
            title: prepared.title,
            format: format_name(new.format).to_owned(),
            tags: new.tags.into(),
            digest: prepared.digest,
            bytes: offset(new.text.len()),
            content: new.text,
            chunks: i32::try_from(chunks.len()).unwrap_or(i32::MAX),
            created_at: existing.map_or(now, |row| row.created_at),
            updated_at: now,
            indexed_at: None,
        };
        (row, chunks)
    }
}

/// A document cut into passages.
struct Prepared {
    new: NewDocument,
    title: String,
    digest: Vec<u8>,
    passages: Vec<Passage>,
}

impl Prepared {
    fn equals(&self, row: &document::Model) -> bool {
        row.digest == self.digest
            && row.title == self.title
            && row.format == format_name(self.new.format)
            && super::view::tags(&row.tags) == self.new.tags
            && self
                .new
                .external_id
                .as_ref()
                .is_none_or(|id| row.external_id.as_ref() == Some(id))
    }
}

/// Cuts on a thread for blocking work: a large document takes a while.
async fn prepare(new: NewDocument) -> Result<Prepared, DocumentError> {
    let work = move || -> Result<Prepared, locutor::Error> {
        let document = converse::Document {
            // The rows carry the id; here it is not known yet.
            id: Uuid::nil(),
            title: new.title.clone(),
            format: new.format,
            text: new.text.clone(),
            tags: new.tags.clone(),
        };
        let converse::Prepared { title, passages } = converse::prepare(&document)?;
        let digest = Sha256::digest(new.text.as_bytes()).to_vec();
        Ok(Prepared {
            new,
            title,
            digest,
            passages,
        })
    };
    let prepared = tokio::task::spawn_blocking(work).await;
    Ok(prepared.unwrap_or_else(|error| Err(locutor::Error::backend("chunking", error)))?)
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

fn chunk_row(document: Uuid, id: Uuid, passage: Passage) -> chunk::Model {
    chunk::Model {
        id,
        document_id: document,
        ordinal: i32::try_from(passage.ordinal).unwrap_or(i32::MAX),
        heading: passage.heading,
        text: passage.text,
        start_offset: offset(passage.start),
        end_offset: offset(passage.end),
    }
}

/// A position in a text as it is stored; texts are far shorter than the limit.
fn offset(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// As stored and shown.
fn format_name(format: Format) -> &'static str {
    match format {
        Format::Plain => "plain",
        Format::Markdown => "markdown",
        Format::Html => "html",
    }
}
