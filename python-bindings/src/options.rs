//! Keyword arguments of the package, as JSON, -> the engine's settings.

use std::collections::BTreeMap;

use locutor::{
    Error, Result,
    converse::{Question, Settings},
    generate::{self, Message},
    retrieve::Filter,
    transcribe::{
        self,
        formatting::Choices,
        recording::{Request, SpeakerRequest},
    },
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a call")]
pub(crate) struct TranscribeOptions {
    pub(crate) model: Option<String>,
    language: Option<String>,
    prompt: Option<String>,
    temperature: f32,
    words: bool,
    translate: bool,
    hotwords: Vec<String>,
    diarize: bool,
    speakers: Option<usize>,
    noise_suppression: bool,
    writing: Choices,
}

impl TranscribeOptions {
    pub(crate) fn request(self) -> Result<Request> {
        let speakers = SpeakerRequest {
            exact: self.speakers,
            known: Vec::new(),
        };
        Ok(Request {
            speakers: (self.diarize || self.speakers.is_some()).then_some(speakers),
            formatting: self.writing.formatting()?,
            noise_suppression: self.noise_suppression,
            ..self.options().into()
        })
    }

    fn options(self) -> transcribe::Options {
        let task = if self.translate {
            transcribe::Task::Translate
        } else {
            transcribe::Task::Transcribe
        };
        transcribe::Options {
            language: self.language,
            task,
            prompt: self.prompt,
            hotwords: self.hotwords,
            temperature: self.temperature,
            words: self.words,
            ..Default::default()
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GenerateOptions {
    pub(crate) model: Option<String>,
    pub(crate) messages: Vec<Message>,
    logprobs: Option<usize>,
    response_format: Format,
    writing: WritingOptions,
}

/// What form the reply has: `"text"`, `"json"` or a JSON Schema.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum NamedFormat {
    Text,
    Json,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Format {
    Named(NamedFormat),
    Schema(Value),
}

impl From<Format> for generate::ResponseFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Named(NamedFormat::Text) => Self::Text,
            Format::Named(NamedFormat::Json) => Self::JsonObject,
            Format::Schema(schema) => Self::JsonSchema(schema),
        }
    }
}

impl GenerateOptions {
    pub(crate) fn settings(self) -> generate::Options {
        generate::Options {
            logprobs: self.logprobs,
            response_format: self.response_format.into(),
            ..self.writing.settings()
        }
    }
}

/// How to write, alike in replies and in answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WritingOptions {
    max_tokens: usize,
    temperature: f64,
    top_k: Option<usize>,
    top_p: f64,
    min_p: f64,
    repetition_penalty: f64,
    presence_penalty: f64,
    frequency_penalty: f64,
    logit_bias: BTreeMap<u32, f32>,
    seed: u64,
    stop: Vec<String>,
}

impl WritingOptions {
    fn settings(self) -> generate::Options {
        generate::Options {
            max_tokens: self.max_tokens,
            temperature: self.temperature,
            top_k: self.top_k,
            top_p: self.top_p,
            min_p: self.min_p,
            repetition_penalty: self.repetition_penalty,
            presence_penalty: self.presence_penalty,
            frequency_penalty: self.frequency_penalty,
            logit_bias: self.logit_bias,
            seed: self.seed,
            stop: self.stop,
            ..generate::Options::default()
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchOptions {
    limit: usize,
    filter: Filter,
}

impl SearchOptions {
    pub(crate) fn settings(self) -> Settings {
        Settings {
            limit: self.limit,
            filter: self.filter,
            ..Settings::default()
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskOptions {
    search: SearchOptions,
    history: Vec<Message>,
    instructions: Option<String>,
    model: Option<String>,
    writing: WritingOptions,
}

impl AskOptions {
    pub(crate) fn question(self, text: String) -> Question {
        Question {
            text,
            history: self.history,
            settings: Settings {
                generator: self.model,
                instructions: self.instructions,
                writing: self.writing.settings(),
                ..self.search.settings()
            },
        }
    }
}

/// The package writes these itself; a value of the wrong type came from its caller.
pub(crate) fn parse<'a, T: Deserialize<'a>>(options: &'a str) -> Result<T> {
    serde_json::from_str(options).map_err(|source| Error::invalid("options", source.to_string()))
}
