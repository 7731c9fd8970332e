//! The engine handle.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use locutor_models::{Catalog, Store, VerifiedModel};

use super::{
    Defaults, EngineBuilder, LoadSettings, load,
    loaded::{Evict, Loaded, make_room, unload_idle},
};
use crate::{
    Cancellation, Error, Result,
    embed::Embedder,
    generate::Generator,
    schedule::{Lane, LaneStatus, Pending},
    speak::Synthesizer,
    speakers::Encoder,
    transcribe::Transcriber,
    vad::Detector,
};

/// A cheap handle to the engine; clones share models and threads.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

/// The queues of the engine, one per task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LaneName {
    /// Speech to text.
    Transcribe,
    /// Speech to text while it is spoken.
    Live,
    /// Embeddings and search.
    Embed,
    /// Text generation and answers.
    Generate,
    /// Text to speech.
    Speak,
    /// Reading documents into the store.
    Ingest,
}

struct Inner {
    settings: EngineBuilder,
    transcribers: Loaded<dyn Transcriber>,
    embedders: Loaded<dyn Embedder>,
    generators: Loaded<dyn Generator>,
    synthesizers: Loaded<dyn Synthesizer>,
    /// Small enough to stay, likewise the next.
    detector: Mutex<Option<Detector>>,
    speaker_encoder: Mutex<Option<Encoder>>,
    /// What all models are loaded with, the threads that they share among it.
    load_settings: LoadSettings,
    lanes: Lanes,
}

struct Lanes {
    transcribe: Lane,
    live: Lane,
    embed: Lane,
    generate: Lane,
    speak: Lane,
    ingest: Lane,
}

/// What was loaded before, or is now.
fn kept<T: Clone>(place: &Mutex<Option<T>>, load: impl FnOnce() -> Result<T>) -> Result<T> {
    let mut kept = place.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = &*kept {
        return Ok(kept.clone());
    }
    Ok(kept.insert(load()?).clone())
}

impl Engine {
    /// Settings to start from.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    pub(super) fn start(settings: EngineBuilder) -> Result<Self> {
        let lane = |name| Lane::start(name, 1, settings.queue_capacity);
        let lanes = Lanes {
            transcribe: lane("transcribe")?,
            live: lane("live")?,
            embed: Lane::start("embed", settings.embeddings, settings.queue_capacity)?,
            generate: Lane::start("generate", settings.sequences, settings.queue_capacity)?,
            speak: lane("speak")?,
            ingest: lane("ingest")?,
        };
        let engine = Self(Arc::new(Inner {
            load_settings: LoadSettings::new(settings.device, settings.threads)?,
            settings,
            transcribers: Loaded::default(),
            embedders: Loaded::default(),
            generators: Loaded::default(),
            synthesizers: Loaded::default(),
            detector: Mutex::default(),
            speaker_encoder: Mutex::default(),
            lanes,
        }));
        sweep_in_background(Arc::downgrade(&engine.0))?;
        Ok(engine)
    }

    /// The models folder.
    pub fn store(&self) -> &Store {
        &self.0.settings.store
    }

    /// The models used where a call names none.
    pub fn defaults(&self) -> &Defaults {
        &self.0.settings.defaults
    }

    /// Runs work on one of the lane's own threads, begun after what was queued before it.
    ///
    /// # Errors
    /// [`Error::Busy`] when the queue is full.
    pub fn submit<T: Send + 'static>(
        &self,
        lane: LaneName,
        cancellation: Cancellation,
        work: impl FnOnce(&Self, &Cancellation) -> Result<T> + Send + 'static,
    ) -> Result<Pending<T>> {
        let engine = self.clone();
        self.lane(lane).submit(cancellation, move |cancellation| {
            work(&engine, cancellation)
        })
    }

    /// Refuses where [`Engine::submit`] would now, for callers with much to do before it.
    ///
    /// # Errors
    /// [`Error::Busy`] when the queue is full.
    pub fn ensure_room(&self, lane: LaneName) -> Result<()> {
        self.lane(lane).ensure_room()
    }

    /// How busy a lane is.
    pub fn status(&self, lane: LaneName) -> LaneStatus {
        self.lane(lane).status()
    }

    /// Bytes of model files in memory.
    pub fn loaded_bytes(&self) -> u64 {
        self.0.caches().iter().map(|cache| cache.bytes()).sum()
    }

    /// A speech recognizer; `None` is the default one.
    ///
    /// # Errors
    /// [`Error::UnknownModel`], [`Error::Model`], [`Error::Backend`]; likewise the three below.
    pub fn transcriber(&self, id: Option<&str>) -> Result<Arc<dyn Transcriber>> {
        let id = id.unwrap_or(&self.defaults().transcriber);
        self.0.transcribers.get(id, || {
            self.load(id, locutor_models::Task::Transcribe, load::transcriber)
        })
    }

    /// An embedding model; `None` is the default one.
    ///
    /// # Errors
    /// As [`Engine::transcriber`].
    pub fn embedder(&self, id: Option<&str>) -> Result<Arc<dyn Embedder>> {
        let id = id.unwrap_or(&self.defaults().embedder);
        self.0.embedders.get(id, || {
            self.load(id, locutor_models::Task::Embed, load::embedder)
        })
    }

    /// A language model; `None` is the default one.
    ///
    /// # Errors
    /// As [`Engine::transcriber`].
    pub fn generator(&self, id: Option<&str>) -> Result<Arc<dyn Generator>> {
        let id = id.map_or_else(|| self.default_generator(), str::to_owned);
        let id = id.as_str();
        self.0.generators.get(id, || {
            self.load(id, locutor_models::Task::Generate, load::generator)
        })
    }

    /// A speech synthesizer; `None` is the default one.
    ///
    /// # Errors
    /// As [`Engine::transcriber`], and [`Error::MissingLibrary`].
    pub fn synthesizer(&self, id: Option<&str>) -> Result<Arc<dyn Synthesizer>> {
        let id = id.unwrap_or(&self.defaults().synthesizer);
        self.0.synthesizers.get(id, || {
            self.load(id, locutor_models::Task::Speak, |model, settings| {
                let runtime = self
                    .store()
                    .verify(Catalog::builtin(), load::ONNX_RUNTIME)?;
                load::synthesizer(model, &runtime, settings)
            })
        })
    }

    /// The voice activity detector.
    ///
    /// # Errors
    /// [`Error::Model`] when it is not installed or damaged.
    pub fn detector(&self) -> Result<Detector> {
        kept(&self.0.detector, || {
            let model = self.store().verify(Catalog::builtin(), load::DETECTOR)?;
            Detector::load(model.folder())
        })
    }

    /// What tells speakers apart.
    ///
    /// # Errors
    /// [`Error::Model`] when it is not installed or damaged.
    pub fn speaker_encoder(&self) -> Result<Encoder> {
        kept(&self.0.speaker_encoder, || {
            let model = self
                .store()
                .verify(Catalog::builtin(), load::SPEAKER_ENCODER)?;
            Encoder::load(&model.file("pretrained.pt"))
        })
    }

    fn load<T: ?Sized>(
        &self,
        id: &str,
        task: locutor_models::Task,
        load: impl FnOnce(&VerifiedModel, &LoadSettings) -> Result<Arc<T>>,
    ) -> Result<(Arc<T>, u64)> {
        let catalog = Catalog::builtin();
        let known = || {
            catalog
                .entries()
                .iter()
                .filter(|entry| entry.task == task)
                .map(|entry| entry.id.as_str())
        };
        if !known().any(|name| name == id) {
            let known = known().collect::<Vec<_>>().join(", ");
            return Err(Error::UnknownModel {
                id: id.to_owned(),
                task: task.name(),
                known,
            });
        }
        let model = self.store().verify(catalog, id)?;
        let settings = &self.0.settings;
        make_room(&self.0.caches(), settings.memory_budget, model.bytes());
        let loaded = load(&model, &self.0.load_settings)?;
        Ok((loaded, model.bytes()))
    }

    fn lane(&self, name: LaneName) -> &Lane {
        let lanes = &self.0.lanes;
        match name {
            LaneName::Transcribe => &lanes.transcribe,
            LaneName::Live => &lanes.live,
            LaneName::Embed => &lanes.embed,
            LaneName::Generate => &lanes.generate,
            LaneName::Speak => &lanes.speak,
            LaneName::Ingest => &lanes.ingest,
        }
    }
}

impl Inner {
    fn caches(&self) -> [&dyn Evict; 4] {
        [
            &self.transcribers,
            &self.embedders,
            &self.generators,
            &self.synthesizers,
        ]
    }
}

/// Looks for idle models now and then; ends with the engine.
fn sweep_in_background(engine: Weak<Inner>) -> Result<()> {
    let sweep = move || {
        while let Some(idle) = engine.upgrade().map(|inner| inner.settings.idle) {
            thread::sleep((idle / 4).clamp(Duration::from_millis(50), Duration::from_secs(30)));
            if let Some(inner) = engine.upgrade() {
                unload_idle(&inner.caches(), idle, Instant::now());
            }
        }
    };
    thread::Builder::new()
        .name("locutor-unload".into())
        .spawn(sweep)
        .map(drop)
        .map_err(|source| Error::backend("engine", source))
}
