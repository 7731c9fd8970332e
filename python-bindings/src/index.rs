//! Documents in a folder, as Python works on them.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use locutor::{
    Cancellation, Error,
    converse::{self, Document},
    engine::LaneName,
    retrieve::{EdgeStore, VectorStore},
    text::Format,
};
use pyo3::prelude::*;
use uuid::Uuid;

use crate::{
    document::{Added, DocumentOptions, naming},
    failure::unlocked,
    options::{AskOptions, SearchOptions, parse},
    value::Value,
    work::Work,
};

/// An open index; see `locutor.Index`.
#[pyclass(frozen, module = "locutor._locutor")]
pub(crate) struct Index {
    engine: locutor::Engine,
    /// `None` once it was closed.
    store: Mutex<Option<Arc<EdgeStore>>>,
}

#[pymethods]
impl Index {
    /// No events; the result is an [`Added`].
    fn add_file(&self, py: Python<'_>, path: PathBuf, options: &str) -> PyResult<Work> {
        unlocked(py, || {
            let options: DocumentOptions = parse(options)?;
            self.start(
                LaneName::Ingest,
                move |engine, store, cancellation| {
                    options
                        .read(&path)
                        .and_then(|document| ingest(engine, store, &document, cancellation))
                        .map_err(|error| naming(&path, error))
                },
                |added| Value::json(&added),
            )
        })
    }

    /// No events; the result is an [`Added`].
    fn add_text(&self, py: Python<'_>, text: String, options: &str) -> PyResult<Work> {
        unlocked(py, || {
            let options: DocumentOptions = parse(options)?;
            self.start(
                LaneName::Ingest,
                move |engine, store, cancellation| {
                    let document = options.document(text, Format::Plain)?;
                    ingest(engine, store, &document, cancellation)
                },
                |added| Value::json(&added),
            )
        })
    }

    /// No events; the result says whether the document was there.
    fn remove(&self, py: Python<'_>, id: &str) -> PyResult<Work> {
        unlocked(py, || {
            let id =
                Uuid::parse_str(id).map_err(|error| Error::invalid("id", error.to_string()))?;
            self.start(
                LaneName::Ingest,
                move |_, store, _| {
                    // The writes of an engine have one thread, so that no other is counted here.
                    let before = store.count()?;
                    converse::delete(store, id)?;
                    Ok(store.count()? < before)
                },
                |removed| Value::json(&removed),
            )
        })
    }

    /// No events; the result is nothing.
    fn clear(&self, py: Python<'_>) -> PyResult<Work> {
        unlocked(py, || {
            let clear = |_: &locutor::Engine, store: &EdgeStore, _: &Cancellation| store.clear();
            self.start(LaneName::Ingest, clear, |()| Ok(Value::Nothing))
        })
    }

    /// No events; the result is a list of hits.
    fn search(&self, py: Python<'_>, question: String, options: &str) -> PyResult<Work> {
        unlocked(py, || {
            let settings = parse::<SearchOptions>(options)?.settings();
            self.start(
                LaneName::Embed,
                move |engine, store, cancellation| {
                    converse::retrieve(engine, store, &question, &settings, cancellation)
                },
                |hits| Value::json(&hits),
            )
        })
    }

    /// Events are those of an answer, the result is the answer.
    fn ask(&self, py: Python<'_>, question: String, options: &str) -> PyResult<Work> {
        unlocked(py, || {
            let question = parse::<AskOptions>(options)?.question(question);
            let streaming = self.engine.ask(self.store()?, question)?;
            Ok(Work::new(
                streaming,
                |event| Value::json(&event),
                |answer| Value::json(&answer),
            ))
        })
    }

    /// Number of passages.
    fn count(&self, py: Python<'_>) -> PyResult<usize> {
        unlocked(py, || self.store()?.count())
    }

    /// Gives the folder up once no work needs it any more.
    fn close(&self, py: Python<'_>) {
        py.detach(|| {
            let store = self.held().take();
            drop(store);
        });
    }
}

impl Index {
    /// Opens the folder for vectors of the engine's embedding model.
    pub(crate) fn open(engine: &locutor::Engine, folder: &Path) -> locutor::Result<Self> {
        let dimensions = engine.embedder(None)?.dimensions();
        Ok(Self {
            engine: engine.clone(),
            store: Mutex::new(Some(EdgeStore::open_shared(folder, dimensions)?)),
        })
    }

    /// Starts work on the store that gives no events.
    fn start<T: Send + 'static>(
        &self,
        lane: LaneName,
        work: impl FnOnce(&locutor::Engine, &EdgeStore, &Cancellation) -> locutor::Result<T>
        + Send
        + 'static,
        result: fn(T) -> locutor::Result<Value>,
    ) -> locutor::Result<Work> {
        let store = self.store()?;
        let work = move |engine: &locutor::Engine, cancellation: &Cancellation| {
            work(engine, &store, cancellation)
        };
        Work::without_events(
            |cancellation| self.engine.submit(lane, cancellation, work),
            result,
        )
    }

    fn store(&self) -> locutor::Result<Arc<EdgeStore>> {
        let closed = || Error::invalid("index", "is closed; open it again");
        self.held().clone().ok_or_else(closed)
    }

    fn held(&self) -> MutexGuard<'_, Option<Arc<EdgeStore>>> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ingest(
    engine: &locutor::Engine,
    store: &EdgeStore,
    document: &Document,
    cancellation: &Cancellation,
) -> locutor::Result<Added> {
    let ingested = converse::ingest(engine, store, document, cancellation)?;
    Ok(Added {
        id: document.id,
        title: ingested.title,
        chunks: ingested.passages,
    })
}
