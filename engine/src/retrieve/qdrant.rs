//! [`QdrantStore`]: a collection on a Qdrant server or cluster, for when one machine is not
//! enough.
//!
//! The client is asynchronous; a small runtime of its own lies behind the synchronous trait, so
//! callers need none. The collection is made on first use, with the same vectors and the same
//! fields as [`super::EdgeStore`].

mod convert;

use std::{collections::HashMap, future::Future, sync::Mutex, sync::PoisonError, time::Duration};

use qdrant_client::{
    Qdrant, QdrantError,
    qdrant::{
        CountPointsBuilder, CreateCollectionBuilder, CreateFieldIndexCollectionBuilder,
        DeletePointsBuilder, Distance, FieldType, GetPointsBuilder, Modifier, PointId,
        QueryPointsBuilder, SparseVectorParamsBuilder, SparseVectorsConfigBuilder,
        UpsertPointsBuilder, VectorParamsBuilder, VectorsConfigBuilder,
    },
};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use self::convert::{dense_query, id, passage, point, to_filter};
use super::{
    Filter, Hit, Passage, Point, Query, VectorStore,
    bm25::SparseVector,
    fusion::Candidate,
    schema::{DENSE, DOCUMENT, TAGS, TENANT, TERMS},
    search::{Candidates, checked, search},
};
use crate::{Error, Result, text::Analyzer};

/// Points of one request; keeps it well below the server's limit of 32 MiB.
const WRITE_BATCH: usize = 256;

/// Where the server is and what to call the collection.
#[derive(Clone)]
pub struct QdrantSettings {
    /// Address of the gRPC interface, e.g. `http://localhost:6334`.
    pub url: String,
    /// Key, where the server asks for one.
    pub api_key: Option<String>,
    /// Name of the collection.
    pub collection: String,
    /// Length of the dense vectors.
    pub dimensions: usize,
    /// Longest wait for a reply.
    pub timeout: Duration,
}

/// A store on a Qdrant server. Any number of processes may use the same collection.
pub struct QdrantStore {
    client: Qdrant,
    runtime: Runtime,
    settings: QdrantSettings,
    analyzer: Analyzer,
    /// Whether the collection is known to exist; locked while it is made.
    ready: Mutex<bool>,
}

impl QdrantStore {
    /// A store for English text. No connection is made yet.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for an address that is none, [`Error::Store`] when the system gives
    /// no thread.
    pub fn new(settings: QdrantSettings) -> Result<Self> {
        Self::with_analyzer(settings, Analyzer::default())
    }

    /// Like [`QdrantStore::new`], for text in another language.
    ///
    /// # Errors
    /// As [`QdrantStore::new`].
    pub fn with_analyzer(settings: QdrantSettings, analyzer: Analyzer) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("locutor-qdrant")
            .enable_all()
            .build()
            .map_err(Error::store)?;
        let mut config = Qdrant::from_url(&settings.url)
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout)
            .skip_compatibility_check();
        if let Some(key) = &settings.api_key {
            config.set_api_key(key);
        }
        // Building the client spawns onto the runtime.
        let entered = runtime.enter();
        let client = config.build();
        drop(entered);
        let client = client.map_err(|error| {
            let message = format!("{error}; give one such as http://localhost:6334");
            Error::invalid("url", message)
        })?;
        Ok(Self {
            client,
            runtime,
            settings,
            analyzer,
            ready: Mutex::new(false),
        })
    }

    fn wait<T>(&self, request: impl Future<Output = Result<T, QdrantError>>) -> Result<T> {
        // The client's own limit starts once it is connected; this one covers everything.
        let bounded = async { tokio::time::timeout(2 * self.settings.timeout, request).await };
        match self.runtime.block_on(bounded) {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => Err(self.failed(&error)),
            Err(_) => Err(self.failed(&"no reply in time")),
        }
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> Error {
        Error::store(format!(
            "Qdrant at {}, collection {}: {error}; check that the server runs, that its gRPC port \
             (6334 by default) is the one configured, and the API key",
            self.settings.url, self.settings.collection
        ))
    }

    /// Makes the collection unless it exists.
    fn prepare(&self) -> Result<()> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if !*ready {
            self.wait(self.create_if_missing())?;
            *ready = true;
        }
        Ok(())
    }

    async fn create_if_missing(&self) -> Result<(), QdrantError> {
        let name = self.settings.collection.as_str();
        if self.client.collection_exists(name).await? {
            return Ok(());
        }
        let size = self.settings.dimensions as u64;
        let mut dense = VectorsConfigBuilder::default();
        dense.add_named_vector_params(DENSE, VectorParamsBuilder::new(size, Distance::Cosine));
        let mut terms = SparseVectorsConfigBuilder::default();
        let idf = SparseVectorParamsBuilder::default().modifier(Modifier::Idf);
        terms.add_named_vector_params(TERMS, idf);
        let request = CreateCollectionBuilder::new(name)
            .vectors_config(dense)
            .sparse_vectors_config(terms);
        if let Err(error) = self.client.create_collection(request).await {
            // Another process may have been faster.
            if !self.client.collection_exists(name).await? {
                return Err(error);
            }
        }
        for field in [TENANT, DOCUMENT, TAGS] {
            let index = CreateFieldIndexCollectionBuilder::new(name, field, FieldType::Keyword);
            self.client.create_field_index(index.wait(true)).await?;
        }
        Ok(())
    }

    fn nearest(
        &self,
        query: qdrant_client::qdrant::Query,
        vector: &str,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Candidate>> {
        self.prepare()?;
        let mut request = QueryPointsBuilder::new(&self.settings.collection)
            .query(query)
            .using(vector)
            .limit(limit as u64)
            .with_payload(false);
        if let Some(filter) = to_filter(filter) {
            request = request.filter(filter);
        }
        let reply = self.wait(self.client.query(request))?;
        reply
            .result
            .into_iter()
            .map(|found| {
                let score = found.score;
                Ok(Candidate {
                    id: id(found.id)?,
                    score,
                })
            })
            .collect()
    }
}

impl Candidates for QdrantStore {
    fn dense(&self, vector: &[f32], filter: &Filter, limit: usize) -> Result<Vec<Candidate>> {
        self.nearest(dense_query(vector), DENSE, filter, limit)
    }

    fn sparse(
        &self,
        vector: &SparseVector,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Candidate>> {
        self.nearest(convert::sparse_query(vector), TERMS, filter, limit)
    }

    fn passages(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Passage>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<PointId> = ids.iter().map(|id| id.to_string().into()).collect();
        let request = GetPointsBuilder::new(&self.settings.collection, ids).with_payload(true);
        let reply = self.wait(self.client.get_points(request))?;
        reply
            .result
            .into_iter()
            .map(|found| Ok((id(found.id)?, passage(found.payload)?)))
            .collect()
    }
}

impl VectorStore for QdrantStore {
    fn upsert(&self, points: &[Point]) -> Result<()> {
        let points = checked(points, self.settings.dimensions)?;
        self.prepare()?;
        for batch in points.chunks(WRITE_BATCH) {
            let converted = batch.iter().map(|found| point(found, &self.analyzer));
            let converted = converted.collect::<Result<Vec<_>>>()?;
            let request = UpsertPointsBuilder::new(&self.settings.collection, converted);
            self.wait(self.client.upsert_points(request.wait(true)))?;
        }
        Ok(())
    }

    fn delete_document(&self, document: Uuid) -> Result<()> {
        self.prepare()?;
        let filter = Filter {
            tenant: None,
            documents: vec![document],
            tags: Vec::new(),
        };
        let Some(filter) = to_filter(&filter) else {
            return Ok(());
        };
        let request = DeletePointsBuilder::new(&self.settings.collection).points(filter);
        self.wait(self.client.delete_points(request.wait(true)))
            .map(drop)
    }

    fn search(&self, query: &Query<'_>) -> Result<Vec<Hit>> {
        search(self, query, self.settings.dimensions, &self.analyzer)
    }

    fn count(&self) -> Result<usize> {
        self.prepare()?;
        let request = CountPointsBuilder::new(&self.settings.collection).exact(true);
        let reply = self.wait(self.client.count(request))?;
        Ok(reply.result.map_or(0, |result| result.count as usize))
    }

    fn clear(&self) -> Result<()> {
        self.prepare()?;
        // The points go, the collection stays: other processes may be using it.
        let everything = qdrant_client::qdrant::Filter::default();
        let request = DeletePointsBuilder::new(&self.settings.collection).points(everything);
        self.wait(self.client.delete_points(request.wait(true)))
            .map(drop)
    }
}

#[cfg(test)]
mod tests;
