//! Replies as OpenAI's clients expect them.

use locutor::generate::{FinishReason, TokenLogprobs};
use serde::Serialize;
use utoipa::ToSchema;

use super::{job::Outcome, logprobs::ChatLogprobs, retrieval::RetrievalReply};

/// A whole reply.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatReply {
    /// Identifies the reply.
    pub id: String,
    /// Always `chat.completion`.
    pub object: &'static str,
    /// Seconds since 1970.
    pub created: i64,
    /// The model that wrote.
    pub model: String,
    /// Always one.
    pub choices: Vec<Choice>,
    /// Tokens read and written.
    pub usage: Usage,
    /// With `retrieval`: where the reply comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retrieval: Option<RetrievalReply>,
}

/// The reply's text.
#[derive(Debug, Serialize, ToSchema)]
pub struct Choice {
    /// Always 0.
    pub index: u32,
    /// The text.
    pub message: AssistantMessage,
    /// `stop` or `length`.
    #[schema(value_type = String)]
    pub finish_reason: FinishReason,
    /// With `logprobs`: the tokens of the text.
    pub logprobs: Option<ChatLogprobs>,
}

/// What the assistant says.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssistantMessage {
    /// Always `assistant`.
    pub role: &'static str,
    /// The text.
    pub content: String,
    /// Always absent.
    pub refusal: Option<()>,
}

/// Tokens read and written.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Usage {
    /// Read.
    pub prompt_tokens: usize,
    /// Written.
    pub completion_tokens: usize,
    /// Both.
    pub total_tokens: usize,
    /// More about those that were read.
    pub prompt_tokens_details: PromptTokens,
}

/// How the tokens of a prompt were read.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct PromptTokens {
    /// Those at the beginning that an earlier request had brought.
    pub cached_tokens: usize,
}

/// A part of a streamed reply.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatChunk {
    /// The same in all parts.
    pub id: String,
    /// Always `chat.completion.chunk`.
    pub object: &'static str,
    /// Seconds since 1970.
    pub created: i64,
    /// The model that writes.
    pub model: String,
    /// One, or none in the part with the token counts.
    pub choices: Vec<ChunkChoice>,
    /// In the last part, when `stream_options.include_usage` is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// With `retrieval`: passages in the first part, all of it in the part that ends the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retrieval: Option<RetrievalReply>,
}

/// More of the text.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChunkChoice {
    /// Always 0.
    pub index: u32,
    /// What is new.
    pub delta: Delta,
    /// `stop` or `length` in the part that ends the text.
    #[schema(value_type = Option<String>)]
    pub finish_reason: Option<FinishReason>,
    /// With `logprobs`: the tokens that are new; with a text that is held back until a character
    /// is whole or is certain to belong to no stop text, they come with it.
    pub logprobs: Option<ChatLogprobs>,
}

/// What is new.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Delta {
    /// `assistant`, in the first part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'static str>,
    /// More text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// What all parts of one reply share.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Identifies the reply.
    pub id: String,
    /// Seconds since 1970.
    pub created: i64,
    /// The model that writes.
    pub model: String,
}

impl Identity {
    /// The whole reply.
    pub fn reply(self, content: String, outcome: Outcome) -> ChatReply {
        let usage = Usage::of(&outcome);
        let message = AssistantMessage {
            role: "assistant",
            content,
            refusal: None,
        };
        let finish_reason = outcome.finish_reason;
        ChatReply {
            id: self.id,
            object: "chat.completion",
            created: self.created,
            model: self.model,
            choices: vec![Choice {
                index: 0,
                message,
                finish_reason,
                logprobs: outcome.logprobs.as_deref().map(ChatLogprobs::of),
            }],
            usage,
            retrieval: outcome.answer.map(RetrievalReply::answered),
        }
    }

    /// A part with text and its tokens.
    pub fn text(&self, text: String, tokens: &[TokenLogprobs]) -> ChatChunk {
        let delta = Delta {
            role: None,
            content: Some(text),
        };
        let mut chunk = self.chunk(delta, None);
        for choice in &mut chunk.choices {
            choice.logprobs = (!tokens.is_empty()).then(|| ChatLogprobs::of(tokens));
        }
        chunk
    }

    /// A part that begins the text or ends it.
    pub fn chunk(&self, delta: Delta, finish_reason: Option<FinishReason>) -> ChatChunk {
        ChatChunk {
            choices: vec![ChunkChoice {
                index: 0,
                delta,
                finish_reason,
                logprobs: None,
            }],
            ..self.empty_chunk()
        }
    }

    /// A part without text.
    pub fn empty_chunk(&self) -> ChatChunk {
        ChatChunk {
            id: self.id.clone(),
            object: "chat.completion.chunk",
            created: self.created,
            model: self.model.clone(),
            choices: Vec::new(),
            usage: None,
            retrieval: None,
        }
    }
}

impl Usage {
    /// As the work ended.
    pub fn of(outcome: &Outcome) -> Self {
        Self {
            prompt_tokens: outcome.prompt_tokens,
            completion_tokens: outcome.completion_tokens,
            total_tokens: outcome.prompt_tokens + outcome.completion_tokens,
            prompt_tokens_details: PromptTokens {
                cached_tokens: outcome.cached_tokens,
            },
        }
    }
}
