//! The networks that candle runs from GGUF weights, behind one call.

use std::io::{Read, Seek};

use candle_core::{Device, Tensor, quantized::gguf_file::Content};
use candle_transformers::models::{quantized_llama, quantized_qwen2};

use super::{
    metadata::{Metadata, damaged},
    widen,
};
use crate::{Error, Result};

/// Longest sequence in tokens: candle's Llama has position tables for so many, and it bounds the
/// memory of the key-value cache.
const MAX_CONTEXT: usize = 4096;

/// A network with its key-value cache.
pub(super) enum Weights {
    Llama(quantized_llama::ModelWeights),
    Qwen2(quantized_qwen2::ModelWeights),
}

impl Weights {
    /// Reads the weights that the header describes, onto the device.
    pub(super) fn read<R: Read + Seek>(
        architecture: &str,
        content: Content,
        file: &mut R,
        device: &Device,
    ) -> Result<Self> {
        if device.is_cpu() && widen::is_worthwhile(&content) {
            let (content, mut file) = widen::widen(&content, file)?;
            Self::build(architecture, content, &mut file, device)
        } else {
            Self::build(architecture, content, file, device)
        }
    }

    fn build<R: Read + Seek>(
        architecture: &str,
        content: Content,
        file: &mut R,
        device: &Device,
    ) -> Result<Self> {
        match architecture {
            "llama" => quantized_llama::ModelWeights::from_gguf(content, file, device)
                .map(Self::Llama)
                .map_err(failed),
            "qwen2" => quantized_qwen2::ModelWeights::from_gguf(content, file, device)
                .map(Self::Qwen2)
                .map_err(failed),
            other => Err(damaged(format!(
                "the architecture `{other}` is not supported; supported: llama, qwen2"
            ))),
        }
    }

    /// Scores of every token of the vocabulary to follow the tokens, which stand at `position` in
    /// the sequence. Position 0 begins a new sequence.
    pub(super) fn forward(
        &mut self,
        tokens: &[u32],
        position: usize,
        device: &Device,
    ) -> Result<Tensor> {
        let input = Tensor::new(tokens, device)
            .and_then(|tokens| tokens.unsqueeze(0))
            .map_err(failed)?;
        let scores = match self {
            Self::Llama(model) => model.forward(&input, position),
            Self::Qwen2(model) => model.forward(&input, position),
        };
        scores.and_then(|scores| scores.squeeze(0)).map_err(failed)
    }

    /// Frees the cache of the last sequence.
    pub(super) fn forget(&mut self) {
        match self {
            Self::Llama(model) => model.clear_kv_cache(),
            Self::Qwen2(model) => model.clear_kv_cache(),
        }
    }
}

/// Longest sequence the model may be given.
pub(super) fn context_window(metadata: &Metadata<'_>) -> Result<usize> {
    let architecture = metadata.text("general.architecture")?;
    let trained = metadata.number(&format!("{architecture}.context_length"))?;
    if trained == 0 {
        return Err(damaged("the context length is 0"));
    }
    Ok(trained.min(MAX_CONTEXT))
}

/// candle's errors carry their own words.
pub(super) fn failed(error: candle_core::Error) -> Error {
    Error::backend("candle", error)
}
