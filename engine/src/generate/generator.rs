//! [`GgufGenerator`]: the loop from prompt to text.

use std::{
    fs::File,
    io::BufReader,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError, TryLockError},
    thread,
    time::Duration,
};

use candle_core::{Device, Tensor, quantized::gguf_file::Content};
use candle_transformers::generation::{LogitsProcessor, Sampling};

use super::{
    Continue, FinishReason, Generation, Generator, Message, Options,
    gguf::Gguf,
    metadata::{Metadata, damaged},
    pieces::{Decoder, Stops},
    template::Template,
    tokenizer::{Vocabulary, failed as tokenizer_failed},
    weights::{Weights, context_window, failed},
};
use crate::{Cancellation, Error, Result};

/// Most prompt tokens between two looks at the cancellation: a third of a second for a model of
/// half a billion parameters on two cores.
const PREFILL_CHUNK: usize = 64;

/// A language model from one GGUF file, run by candle.
///
/// Calls from several threads take turns; each begins a new sequence.
pub struct GgufGenerator {
    weights: Mutex<Weights>,
    vocabulary: Vocabulary,
    template: Template,
    context_window: usize,
    device: Device,
}

impl GgufGenerator {
    /// Loads the file. Every byte should have been verified before.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be opened, [`Error::Backend`] when its header lacks
    /// something or names an architecture, vocabulary or pre-tokenizer that is not supported.
    pub fn load(path: &Path, device: Device) -> Result<Self> {
        let file = File::open(path).map_err(|source| Error::Io {
            path: path.to_owned(),
            source,
        })?;
        let mut file = BufReader::new(file);
        // Our reader goes first: it is the one that a damaged header cannot lead astray.
        let header = Gguf::open(path)?;
        let metadata = Metadata(&header.metadata);
        let content = Content::read(&mut file).map_err(failed)?;
        let vocabulary = Vocabulary::read(&metadata)?;
        let template = Template::new(
            metadata.text("tokenizer.chat_template")?,
            vocabulary.control.clone(),
            vocabulary.begin.clone(),
            vocabulary.end.clone(),
        )?;
        let context_window = context_window(&metadata)?;
        let architecture = metadata.text("general.architecture")?;
        let weights = Weights::read(architecture, content, &mut file, &device)?;
        Ok(Self {
            weights: Mutex::new(weights),
            vocabulary,
            template,
            context_window,
            device,
        })
    }

    /// Tokens of the whole prompt.
    fn prompt(&self, messages: &[Message]) -> Result<Vec<u32>> {
        if messages.is_empty() {
            return Err(Error::invalid("messages", "is empty; give at least one"));
        }
        let text = self.template.render(messages)?;
        let encoding = self
            .vocabulary
            .tokenizer
            .encode(text, false)
            .map_err(tokenizer_failed)?;
        // Some templates write the first token themselves.
        let prefix = self
            .vocabulary
            .prefix
            .filter(|prefix| encoding.get_ids().first() != Some(prefix));
        let tokens: Vec<u32> = prefix
            .into_iter()
            .chain(encoding.get_ids().iter().copied())
            .collect();
        if tokens.is_empty() {
            return Err(damaged("the chat template made an empty prompt"));
        }
        if tokens.len() >= self.context_window {
            return Err(Error::invalid(
                "messages",
                format!(
                    "take {} tokens, but the model reads at most {} with its reply; shorten them",
                    tokens.len(),
                    self.context_window
                ),
            ));
        }
        Ok(tokens)
    }

    /// Waits for the turn, still listening for cancellation.
    fn turn(&self, cancellation: &Cancellation) -> Result<MutexGuard<'_, Weights>> {
        loop {
            cancellation.check()?;
            match self.weights.try_lock() {
                Ok(weights) => return Ok(weights),
                // A sequence that a panic cut short is forgotten when the next one begins.
                Err(TryLockError::Poisoned(poisoned)) => {
                    return Ok(PoisonError::into_inner(poisoned));
                }
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(2)),
            }
        }
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

impl Generator for GgufGenerator {
    fn context_window(&self) -> usize {
        self.context_window
    }

    fn count_tokens(&self, text: &str) -> Result<usize> {
        let encoding = self
            .vocabulary
            .tokenizer
            .encode(text, false)
            .map_err(tokenizer_failed)?;
        Ok(encoding.len())
    }

    fn generate(
        &self,
        messages: &[Message],
        options: &Options,
        on_text: &mut dyn FnMut(&str) -> Continue,
        cancellation: &Cancellation,
    ) -> Result<Generation> {
        let sampler = sampler(options)?;
        let stops = Stops::new(&options.stop)?;
        let prompt = self.prompt(messages)?;
        let run = Run {
            generator: self,
            weights: self.turn(cancellation)?,
            sampler,
            writer: Writer {
                decoder: Decoder::new(&self.vocabulary.tokenizer),
                stops,
                on_text,
                text: String::new(),
            },
            cancellation,
        };
        let budget = options.max_tokens.min(self.context_window - prompt.len());
        run.complete(&prompt, budget)
    }
}

/// One generation: the model is its own until it is dropped.
struct Run<'a> {
    generator: &'a GgufGenerator,
    weights: MutexGuard<'a, Weights>,
    sampler: LogitsProcessor,
    writer: Writer<'a>,
    cancellation: &'a Cancellation,
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.weights.forget();
    }
}

impl Run<'_> {
    /// Reads the prompt and writes up to `budget` tokens.
    fn complete(mut self, prompt: &[u32], budget: usize) -> Result<Generation> {
        let mut scores = self.read(prompt)?;
        let mut written = 0;
        let finish_reason = loop {
            self.cancellation.check()?;
            let token = self.sampler.sample(&scores).map_err(failed)?;
            if self.generator.vocabulary.ends.contains(&token) {
                self.writer.finish()?;
                break FinishReason::Stop;
            }
            written += 1;
            if self.writer.push(token)?.is_break() {
                break FinishReason::Stop;
            }
            if written >= budget {
                self.writer.finish()?;
                break FinishReason::Length;
            }
            scores = self.forward(&[token], prompt.len() + written - 1)?;
        };
        Ok(Generation {
            text: std::mem::take(&mut self.writer.text),
            prompt_tokens: prompt.len(),
            completion_tokens: written,
            finish_reason,
        })
    }

    /// Reads the prompt in chunks; the scores of what may follow it.
    fn read(&mut self, prompt: &[u32]) -> Result<Tensor> {
        let mut position = 0;
        loop {
            self.cancellation.check()?;
            let end = position + chunk(prompt.len() - position);
            let scores = self.forward(&prompt[position..end], position)?;
            position = end;
            if position >= prompt.len() {
                return Ok(scores);
            }
        }
    }

    fn forward(&mut self, tokens: &[u32], position: usize) -> Result<Tensor> {
        self.weights
            .forward(tokens, position, &self.generator.device)
    }
}

/// Where tokens go.
struct Writer<'a> {
    decoder: Decoder<'a>,
    stops: Stops<'a>,
    on_text: &'a mut dyn FnMut(&str) -> Continue,
    text: String,
}

impl Writer<'_> {
    fn push(&mut self, token: u32) -> Result<Continue> {
        let piece = self.decoder.push(token)?;
        let released = self.stops.push(&piece);
        let listener = self.release(&released.text);
        Ok(if released.stopped {
            Continue::Break(())
        } else {
            listener
        })
    }

    /// Releases what was held back; a listener who has had enough needs no more.
    fn finish(&mut self) -> Result<()> {
        let piece = self.decoder.finish()?;
        let released = self.stops.push(&piece);
        if self.release(&released.text).is_continue() && !released.stopped {
            let rest = self.stops.finish();
            let _ = self.release(&rest);
        }
        Ok(())
    }

    fn release(&mut self, text: &str) -> Continue {
        if text.is_empty() {
            return Continue::Continue(());
        }
        self.text.push_str(text);
        (self.on_text)(text)
    }
}

fn sampler(options: &Options) -> Result<LogitsProcessor> {
    if options.max_tokens == 0 {
        return Err(Error::invalid("max_tokens", "is 0; ask for at least 1"));
    }
    if !(0.0..=2.0).contains(&options.temperature) {
        return Err(Error::invalid(
            "temperature",
            format!("is {}; it must be between 0 and 2", options.temperature),
        ));
    }
    if !(options.top_p > 0.0 && options.top_p <= 1.0) {
        return Err(Error::invalid(
            "top_p",
            format!("is {}; it must be above 0 and at most 1", options.top_p),
        ));
    }
    let temperature = options.temperature;
    // Dividing by less than this would overflow; the result is the likeliest token anyway.
    let sampling = if temperature < 1e-3 {
        Sampling::ArgMax
    } else if options.top_p < 1.0 {
        Sampling::TopP {
            p: options.top_p,
            temperature,
        }
    } else {
        Sampling::All { temperature }
    };
    Ok(LogitsProcessor::from_sampling(options.seed, sampling))
}
