//! The only place that knows which backend serves which task.

use std::sync::Arc;

use locutor_models::VerifiedModel;

use super::{Device, LoadSettings};
use crate::{
    Error, Result,
    embed::{BertEmbedder, BertSettings, Embedder, Pooling},
    generate::{Generator, GgufGenerator},
    speak::{PiperSynthesizer, Synthesizer},
    transcribe::{Transcriber, WhisperCppTranscriber, WhisperTranscriber},
};

/// Catalog entry of the shared library that ONNX models run on.
pub(super) const ONNX_RUNTIME: &str = "onnxruntime";

/// Catalog entry of what tells speakers apart.
pub(super) const SPEAKER_ENCODER: &str = "resemblyzer";

/// Catalog entry of the voice activity detector.
pub(super) const DETECTOR: &str = "silero-vad";

pub(super) fn transcriber(
    model: &VerifiedModel,
    settings: &LoadSettings,
) -> Result<Arc<dyn Transcriber>> {
    let file = [
        "ggml-model-q8_0.bin",
        "ggml-model-f16.bin",
        "ggml-model.bin",
    ]
    .map(|name| model.file(name))
    .into_iter()
    .find(|path| path.is_file())
    .ok_or_else(|| Error::backend("whisper", "the model's folder has no ggml-model file"))?;
    if settings.device == Device::Cpu
        && let Some(ours) = WhisperTranscriber::load(model.id(), &file, settings)?
    {
        return Ok(Arc::new(ours));
    }
    let other = WhisperCppTranscriber::load(model.id(), &file, settings)?;
    Ok(Arc::new(other))
}

pub(super) fn embedder(
    model: &VerifiedModel,
    settings: &LoadSettings,
) -> Result<Arc<dyn Embedder>> {
    let (max_tokens, pooling) = match model.id() {
        id if id.starts_with("all-minilm") => (256, Pooling::Mean),
        id if id.starts_with("bge-") => (512, Pooling::First),
        _ => (512, Pooling::Mean),
    };
    let kind = BertSettings {
        max_tokens,
        pooling,
    };
    let embedder = BertEmbedder::load(model.folder(), &kind, settings)?;
    Ok(Arc::new(embedder))
}

pub(super) fn generator(
    model: &VerifiedModel,
    settings: &LoadSettings,
) -> Result<Arc<dyn Generator>> {
    let generator = GgufGenerator::load(&model.file("model.gguf"), settings)?;
    Ok(Arc::new(generator))
}

pub(super) fn synthesizer(
    voice: &VerifiedModel,
    runtime: &VerifiedModel,
    settings: &LoadSettings,
) -> Result<Arc<dyn Synthesizer>> {
    Ok(Arc::new(PiperSynthesizer::load(voice, runtime, settings)?))
}
