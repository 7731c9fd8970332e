//! The engine as configured.

use std::time::Duration;

use anyhow::Context;
use locutor::Engine;

use crate::{config::EngineSettings, features::models::choose_defaults};

/// Starts the engine; models are loaded when they are first needed.
pub fn build_engine(settings: &EngineSettings) -> anyhow::Result<Engine> {
    let device = settings.device.parse().context("engine.device")?;
    let mut builder = Engine::builder()
        .models_folder(&settings.models_dir)
        .device(device)
        .unload_after(Duration::from_secs(settings.unload_seconds))
        .queue_capacity(settings.queue)
        .sequences(settings.sequences)
        .embeddings(settings.embeddings)
        .defaults(choose_defaults(settings));
    if settings.threads > 0 {
        builder = builder.threads(settings.threads);
    }
    if let Some(bytes) = settings.memory_bytes {
        builder = builder.memory_budget(bytes);
    }
    Ok(builder.build()?)
}
