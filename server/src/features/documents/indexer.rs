//! Keeps the vectors in step with the rows, in the background.
//!
//! index task -> the document's chunks (or none, when it was removed) -> embed and store on the
//! engine's ingest lane -> task removed. A task that fails is tried again, later each time. Once
//! all tasks are done for the first time, the store is compared with the rows and, where it is
//! missing or behind, rebuilt.

use std::time::Duration;

use locutor::{Engine, Error, converse, engine::LaneName, retrieve::Passage};
use sea_orm::DbErr;
use tokio::{sync::watch, time::timeout};
use uuid::Uuid;

use super::{DocumentService, VectorIndex, service::Urgency, store, view};
use crate::{
    bridge,
    entity::{chunk, document, index_task},
    http::caching::ResponseCache,
};

/// Longest wait between two looks at the tasks: another process may have added some.
const LOOK: Duration = Duration::from_secs(5);
/// Longest wait before a failed task is tried again.
const LONGEST_BACKOFF: Duration = Duration::from_mins(5);

/// Counts finished tasks, so that others can wait for one.
pub type Progress = watch::Receiver<u64>;

/// The background worker.
pub struct Indexer {
    documents: DocumentService,
    engine: Engine,
    index: VectorIndex,
    progress: watch::Sender<u64>,
    compared: bool,
    replies: Option<ResponseCache>,
}

impl Indexer {
    /// Works on these documents; does nothing before [`Indexer::run`].
    pub fn new(documents: DocumentService, engine: Engine, index: VectorIndex) -> Self {
        Self {
            documents,
            engine,
            index,
            progress: watch::Sender::new(0),
            compared: false,
            replies: None,
        }
    }

    /// Drops kept replies that show a document whose vectors changed.
    #[must_use]
    pub fn announcing(mut self, replies: ResponseCache) -> Self {
        self.replies = Some(replies);
        self
    }

    /// Counts finished tasks.
    pub fn progress(&self) -> Progress {
        self.progress.subscribe()
    }

    /// Works until the runtime ends.
    pub async fn run(mut self) {
        loop {
            match self.step().await {
                Ok(None) => {}
                Ok(Some(wait)) => {
                    // Either way it is time to look again.
                    timeout(wait, self.documents.wake.notified()).await.ok();
                }
                Err(error) => {
                    tracing::error!(%error, "indexing: the database failed");
                    tokio::time::sleep(LOOK).await;
                }
            }
        }
    }

    /// Works until no task is left; gives the first failure.
    pub async fn drain(&mut self) -> anyhow::Result<()> {
        while let Some(task) = store::next_task(self.documents.foundation.database.reader()).await?
        {
            self.index_document(task).await??;
        }
        if !self.compared {
            self.compare().await??;
            self.compared = true;
            return Box::pin(self.drain()).await;
        }
        Ok(())
    }

    /// Does one task; gives how long to wait when none is due.
    async fn step(&mut self) -> Result<Option<Duration>, DbErr> {
        let now = self.documents.foundation.now();
        match store::next_task(self.documents.foundation.database.reader()).await? {
            Some(task) if task.due_at <= now => {
                if let Err(error) = self.index_document(task.clone()).await? {
                    return self.postpone(task, &error).await.map(Some);
                }
                Ok(None)
            }
            Some(task) => {
                let until_due = u64::try_from(task.due_at - now).unwrap_or(0);
                Ok(Some(LOOK.min(Duration::from_millis(until_due))))
            }
            None if self.compared => Ok(Some(LOOK)),
            None => self.compare_once().await,
        }
    }

    async fn index_document(&self, task: index_task::Model) -> Result<Result<(), Error>, DbErr> {
        let database = &self.documents.foundation.database;
        let document = store::find_any(database.reader(), task.document_id).await?;
        let passages = match &document {
            Some(document) => passages(
                document,
                store::chunks(database.reader(), document.id).await?,
            ),
            None => Vec::new(),
        };
        if let Err(error) = self.follow(task.document_id, passages).await {
            return Ok(Err(error));
        }
        let transaction = database.begin().await?;
        let now = self.documents.foundation.now();
        store::finish_task(&transaction, &task, now).await?;
        transaction.commit().await?;
        self.announce(document.map(|row| row.organisation_id)).await;
        self.progress.send_modify(|count| *count += 1);
        Ok(Ok(()))
    }

    /// Makes the store hold exactly these passages of the document.
    async fn follow(&self, document: Uuid, passages: Vec<Passage>) -> Result<(), Error> {
        let index = self.index.clone();
        bridge::run(
            &self.engine,
            LaneName::Ingest,
            move |engine, cancellation| {
                let store = index.get(engine)?;
                if passages.is_empty() {
                    return converse::delete(store.as_ref(), document);
                }
                converse::index(
                    engine,
                    store.as_ref(),
                    document,
                    &passages,
                    &mut |_, _| {},
                    cancellation,
                )
            },
        )
        .await
    }

    async fn announce(&self, organisation: Option<Uuid>) {
        if let (Some(replies), Some(organisation)) = (&self.replies, organisation) {
            replies.documents_changed(organisation).await;
        }
    }

    async fn postpone(&self, task: index_task::Model, error: &Error) -> Result<Duration, DbErr> {
        if let Error::Busy { retry_after, .. } = error {
            return Ok(*retry_after);
        }
        let exponent = u32::try_from(task.attempts).unwrap_or(0).min(10);
        let backoff = Duration::from_secs(1 << exponent).min(LONGEST_BACKOFF);
        tracing::warn!(document = %task.document_id, %error, ?backoff, "indexing failed, will try again");
        let due_at = self.documents.foundation.now() + backoff.as_millis() as i64;
        store::postpone_task(
            self.documents.foundation.database.writer(),
            task,
            error.to_string(),
            due_at,
        )
        .await?;
        self.progress.send_modify(|count| *count += 1);
        Ok(Duration::ZERO)
    }

    async fn compare_once(&mut self) -> Result<Option<Duration>, DbErr> {
        match self.compare().await? {
            Ok(()) => {
                self.compared = true;
                Ok(None)
            }
            Err(error) => {
                tracing::warn!(%error, "the vector store cannot be checked yet, will try again");
                Ok(Some(LOOK))
            }
        }
    }

    /// Compares the store with the rows; where they differ, empties it and queues everything.
    async fn compare(&self) -> Result<Result<(), Error>, DbErr> {
        let database = &self.documents.foundation.database;
        let expected = store::count_chunks(database.reader()).await?;
        let found = match self.count().await {
            // Nothing to compare with, and no model to open a store for.
            Err(Error::Model(_)) if expected == 0 => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
            Ok(found) => found as u64,
        };
        if found == expected {
            return Ok(Ok(()));
        }
        tracing::warn!(
            expected,
            found,
            "the vector store differs from the documents; rebuilding it"
        );
        if let Err(error) = self.clear().await {
            return Ok(Err(error));
        }
        let transaction = database.begin().await?;
        store::mark_unindexed(&transaction).await?;
        for document in store::ids(&transaction).await? {
            self.documents
                .enqueue(&transaction, document, Urgency::InTurn)
                .await?;
        }
        transaction.commit().await?;
        Ok(Ok(()))
    }

    async fn count(&self) -> Result<usize, Error> {
        let index = self.index.clone();
        bridge::run(&self.engine, LaneName::Ingest, move |engine, _| {
            index.get(engine)?.count()
        })
        .await
    }

    async fn clear(&self) -> Result<(), Error> {
        let index = self.index.clone();
        bridge::run(&self.engine, LaneName::Ingest, move |engine, _| {
            index.get(engine)?.clear()
        })
        .await
    }
}

fn passages(document: &document::Model, chunks: Vec<chunk::Model>) -> Vec<Passage> {
    let tags = view::tags(&document.tags);
    chunks
        .into_iter()
        .map(|chunk| Passage {
            tenant: Some(document.organisation_id),
            document: document.id,
            title: document.title.clone(),
            heading: chunk.heading,
            ordinal: u32::try_from(chunk.ordinal).unwrap_or(0),
            text: chunk.text,
            start: usize::try_from(chunk.start_offset).unwrap_or(0),
            end: usize::try_from(chunk.end_offset).unwrap_or(0),
            tags: tags.clone(),
        })
        .collect()
}
