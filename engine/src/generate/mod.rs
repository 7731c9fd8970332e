//! Text generation with a language model: messages -> chat template -> tokens -> text.
//!
//! [`GgufGenerator`] is the backend: one GGUF file carries the weights, the vocabulary and the
//! chat template. `gguf` reads the file, `metadata` looks things up in its header, `tokenizer` and
//! `template` are built from that. `generator` is the loop: a `model` reads tokens (`network` on
//! our kernels, `candle` on GPUs), `sampling` chooses the next one by the [`Options`], where they
//! ask for a form from those that its `constraint` leaves, and `writer` takes it: `pieces` turns tokens into whole UTF-8 text and minds stop texts, `record` keeps
//! which tokens that text is made of and how likely they were.

mod candle;
mod constraint;
mod format;
mod generator;
mod gguf;
mod logprobs;
mod lookup;
mod metadata;
mod model;
mod network;
mod options;
mod pieces;
mod record;
mod sampling;
mod spelling;
mod template;
#[cfg(test)]
mod tests;
mod tokenizer;
mod widen;
mod writer;

pub use format::ResponseFormat;
pub use generator::GgufGenerator;
pub use logprobs::{ScoredToken, TokenLogprobs};
pub use options::Options;

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
#[derive(Debug, Clone, PartialEq)]
pub struct Generation {
    /// The whole text: what `on_piece` saw, joined.
    pub text: String,
    /// Tokens of the rendered prompt.
    pub prompt_tokens: usize,
    /// Of these, the first ones that an earlier generation had read already.
    pub cached_tokens: usize,
    /// Tokens written.
    pub completion_tokens: usize,
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// The tokens of the text, where [`Options::logprobs`] asks for them. Tokens that ended it, or
    /// that hold nothing but a part of a stop text, are not among them.
    pub logprobs: Option<Vec<TokenLogprobs>>,
}

/// A part of the text while it is written.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// Whole characters; empty only when there are tokens.
    pub text: &'a str,
    /// The tokens that this text or the next begins with, where [`Options::logprobs`] asks for
    /// them.
    pub logprobs: &'a [TokenLogprobs],
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

    /// Writes the assistant's next turn. `on_piece` sees the text as it is written and ends the generation early, without an error, by returning `Break`.
    ///
    /// # Errors
    /// [`crate::Error::InvalidInput`] when the prompt does not fit the context window,
    /// [`crate::Error::Cancelled`], [`crate::Error::Backend`].
    fn generate(
        &self,
        messages: &[Message],
        options: &Options,
        on_piece: &mut dyn FnMut(Piece<'_>) -> Continue,
        cancellation: &Cancellation,
    ) -> Result<Generation>;
}
