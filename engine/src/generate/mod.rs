//! Text generation with a language model: messages -> chat template -> tokens -> text.
//!
//! [`GgufGenerator`] is the backend: one GGUF file carries the weights, the vocabulary and the
//! chat template. `gguf` reads the file, `metadata` looks things up in its header, `tokenizer` and
//! `template` are built from that. `generator` is the loop: a `model` reads tokens (`network` on
//! our kernels, `candle` on GPUs), `sampling` chooses the next one, `pieces` turns tokens into
//! whole UTF-8 text and minds stop texts.

mod candle;
mod generator;
mod gguf;
mod lookup;
mod metadata;
mod model;
mod network;
mod pieces;
mod sampling;
mod template;
#[cfg(test)]
mod tests;
mod tokenizer;
mod widen;

pub use generator::GgufGenerator;

use serde::{Deserialize, Serialize};

use crate::{Cancellation, Result};

/// Who speaks in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions from the application.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What they say.
    pub content: String,
}

/// Settings of one generation.
#[derive(Debug, Clone)]
pub struct Options {
    /// Most tokens to write; the context window bounds it too.
    pub max_tokens: usize,
    /// In `[0, 2]`; 0 always takes the likeliest token.
    pub temperature: f64,
    /// Nucleus sampling threshold in `(0, 1]`.
    pub top_p: f64,
    /// The same seed, prompt and settings give the same text.
    pub seed: u64,
    /// Texts that end the generation; they are not part of it.
    pub stop: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_tokens: 256,
            temperature: 0.0,
            top_p: 1.0,
            seed: 0,
            stop: Vec::new(),
        }
    }
}

/// Why a generation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FinishReason {
    /// The model ended its turn or met a stop text.
    Stop,
    /// `max_tokens` or the context window was reached.
    Length,
}

/// A finished generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// The whole text: what `on_text` saw, joined.
    pub text: String,
    /// Tokens of the rendered prompt.
    pub prompt_tokens: usize,
    /// Tokens written.
    pub completion_tokens: usize,
    /// Why it ended.
    pub finish_reason: FinishReason,
}

/// Tells the generator whether the listener wants more.
pub type Continue = std::ops::ControlFlow<()>;

/// A language model.
pub trait Generator: Send + Sync {
    /// Longest prompt plus completion, in tokens.
    fn context_window(&self) -> usize;

    /// Tokens of the text, without special tokens.
    ///
    /// # Errors
    /// [`crate::Error::Backend`].
    fn count_tokens(&self, text: &str) -> Result<usize>;

    /// Writes the assistant's next turn. `on_text` sees whole UTF-8 pieces as they are written
    /// and ends the generation early, without an error, by returning `Break`.
    ///
    /// # Errors
    /// [`crate::Error::InvalidInput`] when the prompt does not fit the context window,
    /// [`crate::Error::Cancelled`], [`crate::Error::Backend`].
    fn generate(
        &self,
        messages: &[Message],
        options: &Options,
        on_text: &mut dyn FnMut(&str) -> Continue,
        cancellation: &Cancellation,
    ) -> Result<Generation>;
}
