//! Section `[engine]`: models, threads, queues.

use std::path::PathBuf;

use locutor_models::Store;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Models, threads, queues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EngineSettings {
    /// Folder of the models.
    #[schema(value_type = String, format = "path")]
    pub models_dir: PathBuf,
    /// `cpu`, `cuda`, `cuda:1` or `metal`; GPUs need a build with the feature of that name.
    pub device: String,
    /// Threads one call may use; 0 takes all the machine has.
    pub threads: usize,
    /// Bytes of model files to keep in memory; absent: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Seconds after which an unused model leaves the memory.
    pub unload_seconds: u64,
    /// Most requests that wait per task; more are refused with 429.
    pub queue: usize,
    /// Texts that are written at the same time.
    pub sequences: usize,
    /// Requests for embeddings whose texts are computed together.
    pub embeddings: usize,
    /// Model that hears where a request names none, or an alias such as `whisper-1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcriber: Option<String>,
    /// Model that embeds, likewise. Changing it rebuilds all vectors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedder: Option<String>,
    /// Model that writes, likewise; absent: the best one installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator: Option<String>,
    /// Model that speaks, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synthesizer: Option<String>,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            models_dir: Store::default_folder(),
            device: "cpu".into(),
            threads: 0,
            memory_bytes: None,
            unload_seconds: 600,
            queue: 32,
            sequences: 4,
            embeddings: 8,
            transcriber: None,
            embedder: None,
            generator: None,
            synthesizer: None,
        }
    }
}
