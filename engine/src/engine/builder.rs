//! Settings of an [`Engine`].

use std::{path::PathBuf, thread, time::Duration};

use locutor_models::Store;

use super::{Defaults, Device, Engine};
use crate::Result;

/// Collects settings; every one has a default.
#[derive(Debug, Clone)]
pub struct EngineBuilder {
    pub(super) store: Store,
    pub(super) device: Device,
    pub(super) threads: usize,
    pub(super) memory_budget: u64,
    pub(super) idle: Duration,
    pub(super) queue_capacity: usize,
    pub(super) sequences: usize,
    pub(super) embeddings: usize,
    pub(super) defaults: Defaults,
}

impl Default for EngineBuilder {
    fn default() -> Self {
        Self {
            store: Store::new(Store::default_folder()),
            device: Device::Cpu,
            threads: thread::available_parallelism().map_or(1, usize::from),
            memory_budget: u64::MAX,
            idle: Duration::from_mins(10),
            queue_capacity: 32,
            sequences: 4,
            embeddings: 8,
            defaults: Defaults::default(),
        }
    }
}

impl EngineBuilder {
    /// The models folder; default: `LOCUTOR_MODELS_DIR`, else the platform's cache folder.
    #[must_use]
    pub fn models_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.store = Store::new(folder);
        self
    }

    /// Where models run; default: the processor.
    #[must_use]
    pub fn device(mut self, device: Device) -> Self {
        self.device = device;
        self
    }

    /// Threads that one call may use, at least 1; default: all the machine has.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Most bytes of model files to keep loaded at once; default: no limit. A model larger than
    /// the budget is still loaded, alone, and the least recently used make room first.
    #[must_use]
    pub fn memory_budget(mut self, bytes: u64) -> Self {
        self.memory_budget = bytes;
        self
    }

    /// Unload a model that was not used for this long; default: ten minutes.
    #[must_use]
    pub fn unload_after(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Most jobs that may wait per task; default: 32.
    #[must_use]
    pub fn queue_capacity(mut self, jobs: usize) -> Self {
        self.queue_capacity = jobs.max(1);
        self
    }

    /// Texts that are written at the same time; default: 4. Together they take little longer than
    /// one, but each keeps what it read in memory.
    #[must_use]
    pub fn sequences(mut self, texts: usize) -> Self {
        self.sequences = texts.max(1);
        self
    }

    /// Requests that are embedded at the same time; default: 8. Their texts go through the network
    /// together, so several short ones take little longer than one.
    #[must_use]
    pub fn embeddings(mut self, requests: usize) -> Self {
        self.embeddings = requests.max(1);
        self
    }

    /// Models to use where a call names none.
    #[must_use]
    pub fn defaults(mut self, defaults: Defaults) -> Self {
        self.defaults = defaults;
        self
    }

    /// Starts the engine's threads. No model is loaded yet.
    ///
    /// # Errors
    /// [`crate::Error::Backend`] when the system gives no thread.
    pub fn build(self) -> Result<Engine> {
        Engine::start(self)
    }
}
