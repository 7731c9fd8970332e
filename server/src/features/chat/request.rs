//! What a chat request may hold.

use std::collections::BTreeMap;

use garde::Validate;
use locutor::generate::{Message, Options, Role};
use serde::Deserialize;
use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, ObjectBuilder, OneOfBuilder, RefOr, Schema, Type,
        schema::{Object, SchemaType},
    },
};

use super::{
    format::ChatFormat, message::ChatMessage, retrieval::RetrievalRequest,
    unsupported::Unsupported, writing,
};
use crate::http::{Fault, FieldError, between};

/// A conversation to continue.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct ChatRequest {
    /// A model of `/v1/models`, or OpenAI's name for the default.
    #[garde(length(min = 1))]
    #[schema(min_length = 1, example = "smollm2-135m-instruct")]
    pub model: String,
    /// The conversation so far, oldest first.
    #[garde(skip)]
    #[schema(min_items = 1)]
    pub messages: Vec<ChatMessage>,
    /// Send the text as it is written, as server-sent events.
    #[garde(skip)]
    pub stream: Option<bool>,
    /// Settings of the stream.
    #[garde(skip)]
    pub stream_options: Option<StreamOptions>,
    /// Most tokens to write.
    #[garde(range(min = 1))]
    #[schema(minimum = 1)]
    pub max_tokens: Option<usize>,
    /// The same, in OpenAI's newer words.
    #[garde(range(min = 1))]
    #[schema(minimum = 1)]
    pub max_completion_tokens: Option<usize>,
    /// 0 always takes the likeliest token; absent: 0, which suits small models.
    #[garde(custom(between(0.0, 2.0)))]
    #[schema(default = 0.0, minimum = 0.0, maximum = 2.0)]
    pub temperature: Option<f64>,
    /// Nucleus sampling threshold, above 0.
    #[garde(custom(between(0.0001, 1.0)))]
    #[schema(default = 1.0, minimum = 0.0001, maximum = 1.0)]
    pub top_p: Option<f64>,
    /// Only so many of the likeliest tokens may be drawn; 0 and -1: all (an extension, named as in
    /// vLLM and llama.cpp; `extra_body` in OpenAI's clients).
    #[garde(range(min = -1))]
    #[schema(default = -1, minimum = -1)]
    pub top_k: Option<i64>,
    /// Tokens are left out that are less likely than this share of the likeliest one (an
    /// extension, as `top_k`).
    #[garde(custom(between(0.0, 1.0)))]
    #[schema(default = 0.0, minimum = 0.0, maximum = 1.0)]
    pub min_p: Option<f64>,
    /// Scores of tokens among the last 256 of messages and reply are divided by it where they are
    /// positive and multiplied where they are negative (an extension, as `top_k`).
    #[garde(custom(between(0.1, 10.0)))]
    #[schema(default = 1.0, minimum = 0.1, maximum = 10.0)]
    pub repetition_penalty: Option<f64>,
    /// Is taken from the score of every token that the reply holds so far.
    #[garde(custom(between(-2.0, 2.0)))]
    #[schema(default = 0.0, minimum = -2.0, maximum = 2.0)]
    pub presence_penalty: Option<f64>,
    /// Is taken from a token's score each time that the reply holds it so far.
    #[garde(custom(between(-2.0, 2.0)))]
    #[schema(default = 0.0, minimum = -2.0, maximum = 2.0)]
    pub frequency_penalty: Option<f64>,
    /// Numbers from -100 (a ban) to 100 that are added to scores, by the token's number in the
    /// model's vocabulary; at most 1024.
    #[garde(skip)]
    #[schema(schema_with = biases_schema)]
    pub logit_bias: Option<BTreeMap<String, f64>>,
    /// What form the reply has; not with `retrieval`, where the reply is made of checked sentences.
    #[garde(skip)]
    pub response_format: Option<ChatFormat>,
    /// Report how likely the model found each token of the reply, whatever temperature, penalties
    /// and biases made of it; not with `retrieval`, where the reply is made of checked sentences.
    #[garde(skip)]
    #[schema(default = false)]
    pub logprobs: Option<bool>,
    /// With `logprobs`: so many of the likeliest tokens are reported at each place.
    #[garde(custom(between(0, 20)))]
    #[schema(default = 0, minimum = 0, maximum = 20)]
    pub top_logprobs: Option<usize>,
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

/// The numbers of a vocabulary depend on the model, so the schema only says that they are numbers.
fn biases_schema() -> Object {
    let bias = ObjectBuilder::new()
        .schema_type(Type::Number)
        .minimum(Some(-100.0))
        .maximum(Some(100.0));
    let token = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[0-9]{1,9}$"));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .description(Some(
            "Numbers from -100 (a ban) to 100 that are added to scores, by the token's number in the model's \
             vocabulary; at most 1024.",
        ))
        .property_names(Some(token))
        .additional_properties(Some(bias))
        .max_properties(Some(1024))
        .examples([json!({"50256": -100})])
        .build()
}

/// One or several texts.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "a text, or an array of texts")]
pub enum Stop {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// A derived schema could not say how many and how long.
impl PartialSchema for Stop {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .build();
        let texts = ArrayBuilder::new().items(text.clone()).max_items(Some(4));
        OneOfBuilder::new()
            .item(text)
            .item(texts)
            .description(Some("One or several texts."))
            .examples([json!(["\n\n"])])
            .into()
    }
}

impl ToSchema for Stop {}

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
    pub fn checked(mut self, most_messages: usize, random_seed: u64) -> Result<Checked, Fault> {
        let mut problems = self.unsupported.problems();
        problems.extend(writing::logprobs_problem(&self));
        problems.extend(writing::format_problem(&self));
        let biases = writing::biases(self.logit_bias.take().unwrap_or_default());
        let biases = biases.unwrap_or_else(|problem| {
            problems.push(problem);
            BTreeMap::new()
        });
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
        let stop = stop_texts(self.stop.take());
        if stop.len() > 4 || stop.iter().any(String::is_empty) {
            refuse("stop", "takes up to four texts that are not empty".into());
        }
        let mut messages = Vec::with_capacity(count);
        for (position, message) in std::mem::take(&mut self.messages).into_iter().enumerate() {
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
        let format = self.response_format.take().unwrap_or_default();
        let options = Options {
            logit_bias: biases,
            response_format: format.into(),
            stop,
            ..writing::options(&self, random_seed)
        };
        Ok(Checked {
            messages,
            options,
            limited: self.most_tokens().is_some(),
            retrieval: self.retrieval,
        })
    }

    /// Most tokens to write, where the request sets a limit.
    pub fn most_tokens(&self) -> Option<usize> {
        self.max_completion_tokens.or(self.max_tokens)
    }
}

fn stop_texts(stop: Option<Stop>) -> Vec<String> {
    match stop {
        None => Vec::new(),
        Some(Stop::One(text)) => vec![text],
        Some(Stop::Several(texts)) => texts,
    }
}
