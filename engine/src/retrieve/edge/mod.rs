//! [`EdgeStore`]: Qdrant's engine in process, in one folder.
//!
//! The folder holds `lock` (held while the store is open), `format` (what the index was made
//! with) and `shard` (Qdrant's files). Writes are flushed to disk before they return. Searches run
//! at any time, also while the background thread of `optimizer` rebuilds segments; writes wait
//! for it.

mod convert;
mod folder;
mod optimizer;
mod shared_folder;

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use qdrant_edge::{
    CountRequest, EdgeShard, PointId, PointInsertOperations, PointOperations, QueryEnum,
    QueryRequest, ScoringQuery, UpdateOperation,
};
use uuid::Uuid;

use self::{
    convert::{named_query, passage, point, to_filter},
    folder::{Folder, guarded},
    optimizer::{Changes, Optimizer},
};
use super::{
    Filter, Hit, Passage, Point, Query, VectorStore,
    bm25::SparseVector,
    fusion::Candidate,
    schema::{DENSE, TERMS},
    search::{Candidates, checked, search},
};
use crate::{Error, Result, text::Analyzer};

/// Points of one write; a bound on the size of an entry in Qdrant's log.
const WRITE_BATCH: usize = 256;

/// A store in a local folder that this process alone may open.
pub struct EdgeStore {
    shared: Arc<Shared>,
    /// Ends, and is waited for, before the folder is given up.
    optimizer: Option<Optimizer>,
}

/// What searches, writes and the optimizer share.
struct Shared {
    folder: Folder,
    analyzer: Analyzer,
    /// `None` only while [`EdgeStore::clear`] replaces it, or after that failed.
    shard: RwLock<Option<EdgeShard>>,
    /// Held by whoever changes the shard: Qdrant's flush panics when it meets another writer.
    changes: Mutex<Changes>,
}

impl EdgeStore {
    /// Opens the store in the folder, or makes a new one, for vectors of that length and English
    /// text.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be written, [`Error::Store`] when another process has
    /// it open, when it was made for other vectors, or when it is damaged; the message says what
    /// to do.
    pub fn open(folder: impl AsRef<Path>, dimensions: usize) -> Result<Self> {
        Self::open_with(folder, dimensions, Analyzer::default())
    }

    /// Like [`EdgeStore::open`], for text in another language.
    ///
    /// # Errors
    /// As [`EdgeStore::open`], and when the folder was made for another language.
    pub fn open_with(
        folder: impl AsRef<Path>,
        dimensions: usize,
        analyzer: Analyzer,
    ) -> Result<Self> {
        let (folder, opened) = Folder::open(folder.as_ref(), dimensions, analyzer.language())?;
        let shared = Arc::new(Shared {
            folder,
            analyzer,
            shard: RwLock::new(Some(opened)),
            changes: Mutex::default(),
        });
        let optimizer = Some(Optimizer::start(Arc::clone(&shared))?);
        Ok(Self { shared, optimizer })
    }

    /// Rebuilds segments now: indexes for nearest-neighbour search, and the space of deleted
    /// chunks. It also happens by itself some seconds after a bulk of writes.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn optimize(&self) -> Result<()> {
        self.shared.optimize()
    }
}

impl Drop for EdgeStore {
    fn drop(&mut self) {
        drop(self.optimizer.take());
        let shard = self.shared.shard.write();
        let shard = shard.unwrap_or_else(PoisonError::into_inner).take();
        // Closing flushes once more, and Qdrant panics when that fails. All writes are on disk.
        let closed = guarded(|| {
            drop(shard);
            Ok(())
        });
        if let Err(error) = closed {
            tracing::error!(%error, "the index was not closed cleanly");
        }
    }
}

impl Shared {
    fn with_shard<T>(&self, work: impl FnOnce(&EdgeShard) -> Result<T>) -> Result<T> {
        let shard = self.shard.read().unwrap_or_else(PoisonError::into_inner);
        let shard = shard.as_ref().ok_or_else(|| {
            Error::store("the store could not be made anew after it was cleared; reopen it")
        })?;
        guarded(|| work(shard))
    }

    /// Applies writes, one after the other, and brings them to disk.
    fn write(&self, operations: impl IntoIterator<Item = (UpdateOperation, usize)>) -> Result<()> {
        let mut changes = self.lock_changes();
        self.with_shard(|shard| {
            for (operation, points) in operations {
                shard.update(operation).map_err(Error::store)?;
                changes.add(points);
            }
            shard.flush();
            Ok(())
        })
    }

    fn optimize(&self) -> Result<()> {
        let mut changes = self.lock_changes();
        self.with_shard(|shard| {
            shard.optimize().map_err(Error::store)?;
            shard.flush();
            Ok(())
        })?;
        *changes = Changes::default();
        Ok(())
    }

    fn clear(&self) -> Result<()> {
        let mut changes = self.lock_changes();
        let mut shard = self.shard.write().unwrap_or_else(PoisonError::into_inner);
        let old = shard.take();
        guarded(|| {
            drop(old);
            Ok(())
        })?;
        *shard = Some(self.folder.recreate()?);
        *changes = Changes::default();
        Ok(())
    }

    fn lock_changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn nearest(
        &self,
        query: qdrant_edge::NamedQuery<qdrant_edge::VectorInternal>,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Candidate>> {
        let request = QueryRequest {
            prefetches: Vec::new(),
            query: Some(ScoringQuery::Vector(QueryEnum::Nearest(query))),
            filter: to_filter(filter)?,
            score_threshold: None,
            limit,
            offset: 0,
            params: None,
            with_vector: false.into(),
            with_payload: false.into(),
        };
        let found = self.with_shard(|shard| shard.query(request).map_err(Error::store))?;
        found
            .into_iter()
            .map(|point| {
                let id = convert::id(point.id)?;
                let score = point.score;
                Ok(Candidate { id, score })
            })
            .collect()
    }
}

impl Candidates for Shared {
    fn dense(&self, vector: &[f32], filter: &Filter, limit: usize) -> Result<Vec<Candidate>> {
        self.nearest(named_query(DENSE, vector.to_vec()), filter, limit)
    }

    fn sparse(
        &self,
        vector: &SparseVector,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Candidate>> {
        let terms = convert::sparse(vector)?;
        self.nearest(named_query(TERMS, terms), filter, limit)
    }

    fn passages(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Passage>> {
        let ids: Vec<PointId> = ids.iter().copied().map(PointId::Uuid).collect();
        let records = self.with_shard(|shard| {
            shard
                .retrieve(&ids, Some(true.into()), Some(false.into()))
                .map_err(Error::store)
        })?;
        records
            .into_iter()
            .map(|record| Ok((convert::id(record.id)?, passage(record.payload)?)))
            .collect()
    }
}

impl VectorStore for EdgeStore {
    fn upsert(&self, points: &[Point]) -> Result<()> {
        let points = checked(points, self.shared.folder.dimensions())?;
        if points.is_empty() {
            return Ok(());
        }
        self.shared.folder.require_space()?;
        let operations = points
            .chunks(WRITE_BATCH)
            .map(|batch| {
                let converted = batch
                    .iter()
                    .map(|found| point(found, &self.shared.analyzer));
                let list = PointInsertOperations::PointsList(converted.collect::<Result<_>>()?);
                let operation =
                    UpdateOperation::PointOperation(PointOperations::UpsertPoints(list));
                Ok((operation, batch.len()))
            })
            .collect::<Result<Vec<_>>>()?;
        self.shared.write(operations)
    }

    fn delete_document(&self, document: Uuid) -> Result<()> {
        let filter = Filter {
            tenant: None,
            documents: vec![document],
            tags: Vec::new(),
        };
        let Some(filter) = to_filter(&filter)? else {
            return Ok(());
        };
        let operation = PointOperations::DeletePointsByFilter(filter);
        self.shared
            .write([(UpdateOperation::PointOperation(operation), 1)])
    }

    fn search(&self, query: &Query<'_>) -> Result<Vec<Hit>> {
        let shared = self.shared.as_ref();
        search(shared, query, shared.folder.dimensions(), &shared.analyzer)
    }

    fn count(&self) -> Result<usize> {
        let request = CountRequest {
            filter: None,
            exact: true,
        };
        self.shared
            .with_shard(|shard| shard.count(request).map_err(Error::store))
    }

    fn clear(&self) -> Result<()> {
        self.shared.clear()
    }
}

#[cfg(test)]
mod tests;
