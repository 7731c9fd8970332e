//! The networks that candle runs from GGUF weights: on GPUs, and in `F32` on a processor as the
//! reference of our own.

use std::{
    fs::File,
    io::{BufReader, Read, Seek},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError, TryLockError},
    thread,
    time::Duration,
};

use candle_core::{Device, Tensor, quantized::gguf_file::Content};
use candle_transformers::models::{quantized_llama, quantized_qwen2};

use super::{
    metadata::{Metadata, damaged},
    model::{Model, Reading},
    widen,
};
use crate::{Cancellation, Error, Result};

/// Longest sequence in tokens: candle's Llama has position tables for so many.
const MAX_CONTEXT: usize = 4096;
/// Most prompt tokens between two looks at the cancellation.
const PREFILL_CHUNK: usize = 64;

/// A network of candle's. Sequences take turns.
pub(super) struct CandleNetwork {
    weights: Mutex<Weights>,
    device: Device,
    context: usize,
}

impl CandleNetwork {
    /// Reads the file's weights onto the device.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Backend`].
    pub(super) fn load(path: &Path, metadata: &Metadata<'_>, device: Device) -> Result<Self> {
        let file = File::open(path).map_err(|source| Error::Io {
            path: path.to_owned(),
            source,
        })?;
        let mut file = BufReader::new(file);
        let content = Content::read(&mut file).map_err(failed)?;
        let architecture = metadata.text("general.architecture")?;
        Ok(Self {
            context: context_window(metadata)?,
            weights: Mutex::new(Weights::read(architecture, content, &mut file, &device)?),
            device,
        })
    }
}

impl Model for CandleNetwork {
    fn context(&self) -> usize {
        self.context
    }

    fn begin(&self, cancellation: &Cancellation) -> Result<Box<dyn Reading + '_>> {
        loop {
            cancellation.check()?;
            let weights = match self.weights.try_lock() {
                Ok(weights) => weights,
                // A sequence that a panic cut short is forgotten when the next one begins.
                Err(TryLockError::Poisoned(poisoned)) => PoisonError::into_inner(poisoned),
                Err(TryLockError::WouldBlock) => {
                    thread::sleep(Duration::from_millis(2));
                    continue;
                }
            };
            return Ok(Box::new(CandleReading {
                weights,
                device: &self.device,
                position: 0,
                scores: Vec::new(),
            }));
        }
    }
}

/// The model is its own until it is dropped.
struct CandleReading<'a> {
    weights: MutexGuard<'a, Weights>,
    device: &'a Device,
    position: usize,
    scores: Vec<f32>,
}

impl CandleReading<'_> {
    fn advance(&mut self, tokens: &[u32], cancellation: &Cancellation) -> Result<()> {
        let mut rest = tokens;
        while !rest.is_empty() {
            cancellation.check()?;
            let (chunk, others) = rest.split_at(chunk(rest.len()));
            let scores = self.weights.forward(chunk, self.position, self.device)?;
            self.position += chunk.len();
            rest = others;
            if rest.is_empty() {
                self.scores = scores.to_vec1().map_err(failed)?;
            }
        }
        Ok(())
    }
}

impl Reading for CandleReading<'_> {
    /// candle cannot take back what it read, so guesses are read one by one as they come true.
    fn read(
        &mut self,
        tokens: &[u32],
        draft: &[u32],
        choose: &mut dyn FnMut(&mut [f32]) -> Option<u32>,
        cancellation: &Cancellation,
    ) -> Result<()> {
        self.advance(tokens, cancellation)?;
        for guess in draft {
            if choose(&mut self.scores) != Some(*guess) {
                return Ok(());
            }
            self.advance(&[*guess], cancellation)?;
        }
        choose(&mut self.scores);
        Ok(())
    }
}

impl Drop for CandleReading<'_> {
    fn drop(&mut self) {
        self.weights.forget();
    }
}

/// Tokens to read next: full chunks, then powers of two. candle keeps an attention mask for each
/// pair of length and position it ever saw; this way their number stays small (under 60 MB at the
/// longest context) however long the prompts are.
fn chunk(left: usize) -> usize {
    if left >= PREFILL_CHUNK {
        PREFILL_CHUNK
    } else {
        1 << left.max(1).ilog2()
    }
}

/// A network with its key-value cache.
enum Weights {
    Llama(quantized_llama::ModelWeights),
    Qwen2(quantized_qwen2::ModelWeights),
}

impl Weights {
    /// Reads the weights that the header describes, onto the device.
    fn read<R: Read + Seek>(
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
    fn forward(&mut self, tokens: &[u32], position: usize, device: &Device) -> Result<Tensor> {
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
    fn forget(&mut self) {
        match self {
            Self::Llama(model) => model.clear_kv_cache(),
            Self::Qwen2(model) => model.clear_kv_cache(),
        }
    }
}

/// Longest sequence the model may be given.
fn context_window(metadata: &Metadata<'_>) -> Result<usize> {
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
