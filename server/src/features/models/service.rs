//! Names of models: ours, and those of OpenAI that stand for our defaults.

use axum::http::StatusCode;
use locutor::{Engine, engine::Defaults};
use locutor_models::{Catalog, Entry, Store, Task};

use crate::{config::EngineSettings, http::Fault};

/// What a request needs a model for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Speech to text.
    Transcribe,
    /// Text to speech.
    Speak,
    /// Embeddings.
    Embed,
    /// Text generation.
    Generate,
}

impl Kind {
    /// The catalog's word for it.
    fn task(self) -> Task {
        match self {
            Self::Transcribe => Task::Transcribe,
            Self::Speak => Task::Speak,
            Self::Embed => Task::Embed,
            Self::Generate => Task::Generate,
        }
    }

    /// OpenAI's names that stand for the configured default.
    pub fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Transcribe => &[
                "whisper-1",
                "gpt-4o-transcribe",
                "gpt-4o-mini-transcribe",
                "gpt-4o-transcribe-diarize",
            ],
            Self::Speak => &["tts-1", "tts-1-hd", "gpt-4o-mini-tts"],
            Self::Embed => &[
                "text-embedding-3-small",
                "text-embedding-3-large",
                "text-embedding-ada-002",
            ],
            Self::Generate => &[
                "gpt-4o-mini",
                "gpt-4o",
                "gpt-4",
                "gpt-4-turbo",
                "gpt-4.1",
                "gpt-4.1-mini",
                "gpt-4.1-nano",
                "gpt-3.5-turbo",
            ],
        }
    }

    fn default_of(self, engine: &Engine) -> String {
        let defaults = engine.defaults();
        match self {
            Self::Transcribe => defaults.transcriber.clone(),
            Self::Speak => defaults.synthesizer.clone(),
            Self::Embed => defaults.embedder.clone(),
            Self::Generate => engine.default_generator(),
        }
    }

    const ALL: [Self; 4] = [Self::Transcribe, Self::Speak, Self::Embed, Self::Generate];
}

/// The use cases of models; clones share the engine.
#[derive(Clone)]
pub struct ModelService {
    engine: Engine,
}

impl ModelService {
    /// Looks at the engine's models folder.
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }

    /// The catalog id that a request's model name means.
    ///
    /// # Errors
    /// 404 for a name that is neither ours nor an alias, or a model that is not installed.
    pub fn resolve(&self, kind: Kind, name: &str) -> Result<String, Fault> {
        let id = if kind.aliases().contains(&name) {
            kind.default_of(&self.engine)
        } else {
            name.to_owned()
        };
        let known = Catalog::builtin()
            .entries()
            .iter()
            .filter(|entry| entry.task == kind.task());
        let Some(entry) = known.clone().find(|entry| entry.id == id) else {
            let known = known.map(|entry| entry.id.as_str()).collect::<Vec<_>>();
            return Err(unknown(kind, name, &known));
        };
        if is_installed(self.engine.store(), entry) {
            return Ok(entry.id.clone());
        }
        Err(not_installed(name, entry))
    }

    /// Every model that is installed and can be asked for.
    pub fn installed(&self) -> Vec<&'static Entry> {
        let usable = |entry: &&Entry| Kind::ALL.iter().any(|kind| kind.task() == entry.task);
        Catalog::builtin()
            .entries()
            .iter()
            .filter(usable)
            .filter(|entry| is_installed(self.engine.store(), entry))
            .collect()
    }

    /// The installed model of that id, or of the default that an alias stands for.
    pub fn find(&self, name: &str) -> Option<&'static Entry> {
        let alias = Kind::ALL
            .into_iter()
            .find(|kind| kind.aliases().contains(&name));
        let id = alias.map_or_else(|| name.to_owned(), |kind| kind.default_of(&self.engine));
        self.installed().into_iter().find(|entry| entry.id == id)
    }
}

/// The engine's defaults as configured.
pub fn choose_defaults(settings: &EngineSettings) -> Defaults {
    let fallback = Defaults::default();
    Defaults {
        transcriber: settings.transcriber.clone().unwrap_or(fallback.transcriber),
        embedder: settings.embedder.clone().unwrap_or(fallback.embedder),
        generator: settings.generator.clone(),
        synthesizer: settings.synthesizer.clone().unwrap_or(fallback.synthesizer),
    }
}

/// Default models that are not installed.
pub fn missing_defaults(engine: &Engine) -> Vec<String> {
    let installed = |id: &str| {
        Catalog::builtin()
            .entry(id)
            .is_ok_and(|entry| is_installed(engine.store(), entry))
    };
    Kind::ALL
        .into_iter()
        .map(|kind| kind.default_of(engine))
        .filter(|id| !installed(id))
        .collect()
}

/// Whether every file is there in full length. Digests are checked when the model is loaded.
fn is_installed(store: &Store, entry: &Entry) -> bool {
    store.is_complete(entry).unwrap_or_else(|error| {
        tracing::warn!(model = entry.id, %error, "cannot tell whether the model is installed");
        false
    })
}

fn unknown(kind: Kind, name: &str, known: &[&str]) -> Fault {
    let message = format!(
        "there is no model `{name}` to {}; use one of: {}, or OpenAI's {}",
        kind.task().name(),
        known.join(", "),
        kind.aliases().join(", "),
    );
    let mut fault = Fault::invalid("model", message);
    fault.status = StatusCode::NOT_FOUND;
    fault.code = "model_not_found";
    fault
}

fn not_installed(name: &str, entry: &Entry) -> Fault {
    let id = &entry.id;
    let message = format!(
        "the model `{name}` ({id}) is not installed on this server; `locutor models pull {id}` gets it"
    );
    let mut fault = Fault::invalid("model", message);
    fault.status = StatusCode::NOT_FOUND;
    fault.code = "model_not_installed";
    fault
}
