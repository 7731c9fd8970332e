//! What a chat request may hold.

use garde::Validate;
use locutor::generate::{Message, Options, Role};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{message::ChatMessage, retrieval::RetrievalRequest, unsupported::Unsupported};
use crate::http::{Fault, FieldError, between};

/// A conversation to continue.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct ChatRequest {
    /// A model of `/v1/models`, or OpenAI's name for the default.
    #[garde(length(min = 1))]
    pub model: String,
    /// The conversation so far, oldest first.
    #[garde(skip)]
    pub messages: Vec<ChatMessage>,
    /// Send the text as it is written, as server-sent events.
    #[garde(skip)]
    pub stream: Option<bool>,
    /// Settings of the stream.
    #[garde(skip)]
    pub stream_options: Option<StreamOptions>,
    /// Most tokens to write.
    #[garde(range(min = 1))]
    pub max_tokens: Option<usize>,
    /// The same, in OpenAI's newer words.
    #[garde(range(min = 1))]
    pub max_completion_tokens: Option<usize>,
    /// 0 always takes the likeliest token; absent: 0, which suits small models.
    #[garde(custom(between(0.0, 2.0)))]
    #[schema(default = 0.0, minimum = 0.0, maximum = 2.0)]
    pub temperature: Option<f64>,
    /// Nucleus sampling threshold, above 0.
    #[garde(custom(between(0.0001, 1.0)))]
    #[schema(default = 1.0, minimum = 0.0, maximum = 1.0)]
    pub top_p: Option<f64>,
    /// Up to four texts that end the reply; they are not part of it.
    #[garde(skip)]
    pub stop: Option<Stop>,
    /// The same seed, messages and settings give the same text.
    #[garde(skip)]
    pub seed: Option<i64>,
    /// Answer from the documents (an extension of OpenAI's interface; `extra_body` in its clients).
    #[garde(dive)]
    pub retrieval: Option<RetrievalRequest>,
    #[serde(flatten)]
    #[garde(skip)]
    #[schema(ignore)]
    unsupported: Unsupported,
}

/// Settings of a stream.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct StreamOptions {
    /// Send the token counts in a last event.
    pub include_usage: Option<bool>,
}

/// One or several texts.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged, expecting = "a text, or an array of texts")]
pub enum Stop {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// Tokens of a reply where the request sets no limit.
const DEFAULT_TOKENS: usize = 1024;

/// A request that passed every check.
#[derive(Debug)]
pub struct Checked {
    /// The conversation.
    pub messages: Vec<Message>,
    /// How to write.
    pub options: Options,
    /// Whether the request itself limits the tokens.
    pub limited: bool,
    /// How to find passages.
    pub retrieval: Option<RetrievalRequest>,
}

impl ChatRequest {
    /// Whether to send the text as it is written.
    pub fn streamed(&self) -> bool {
        self.stream.unwrap_or_default()
    }

    /// Whether to send the token counts in a last event.
    pub fn include_usage(&self) -> bool {
        self.stream_options
            .as_ref()
            .and_then(|options| options.include_usage)
            .unwrap_or_default()
    }

    /// Checks what the derived rules cannot; `random_seed` is used where the request has none.
    ///
    /// # Errors
    /// 400 with every unusable value.
    pub fn checked(self, most_messages: usize, random_seed: u64) -> Result<Checked, Fault> {
        let mut problems = self.unsupported.problems();
        let mut refuse = |field: &str, message: String| {
            problems.push(FieldError {
                field: field.into(),
                message,
            });
        };
        let count = self.messages.len();
        if count == 0 || count > most_messages {
            refuse(
                "messages",
                format!("has {count} messages; send 1 to {most_messages}"),
            );
        }
        let stop = stop_texts(self.stop);
        if stop.len() > 4 || stop.iter().any(String::is_empty) {
            refuse("stop", "takes up to four texts that are not empty".into());
        }
        let mut messages = Vec::with_capacity(count);
        for (position, message) in self.messages.into_iter().enumerate() {
            match message.checked(position) {
                Ok(message) => messages.push(message),
                Err(problem) => problems.push(problem),
            }
        }
        if self.retrieval.is_some() && messages.last().is_some_and(|last| last.role != Role::User) {
            problems.push(FieldError {
                field: "messages".into(),
                message: "with retrieval the last message must be the user's question".into(),
            });
        }
        if !problems.is_empty() {
            return Err(Fault::invalid_fields(problems));
        }
        let asked = self.max_completion_tokens.or(self.max_tokens);
        let options = Options {
            max_tokens: asked.unwrap_or(DEFAULT_TOKENS),
            temperature: self.temperature.unwrap_or(0.0),
            top_p: self.top_p.unwrap_or(1.0),
            seed: self.seed.map_or(random_seed, i64::cast_unsigned),
            stop,
        };
        Ok(Checked {
            messages,
            options,
            limited: asked.is_some(),
            retrieval: self.retrieval,
        })
    }
}

fn stop_texts(stop: Option<Stop>) -> Vec<String> {
    match stop {
        None => Vec::new(),
        Some(Stop::One(text)) => vec![text],
        Some(Stop::Several(texts)) => texts,
    }
}
