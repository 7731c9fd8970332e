//! Keyword arguments of the package, as JSON, -> the engine's settings.

use locutor::{
    Error, Result,
    converse::{Question, Settings},
    generate::{self, Message},
    retrieve::Filter,
    transcribe,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TranscribeOptions {
    pub(crate) model: Option<String>,
    language: Option<String>,
    prompt: Option<String>,
    temperature: f32,
    words: bool,
    translate: bool,
}

impl TranscribeOptions {
    pub(crate) fn settings(self) -> transcribe::Options {
        let task = if self.translate {
            transcribe::Task::Translate
        } else {
            transcribe::Task::Transcribe
        };
        transcribe::Options {
            language: self.language,
            task,
            prompt: self.prompt,
            temperature: self.temperature,
            words: self.words,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GenerateOptions {
    pub(crate) model: Option<String>,
    pub(crate) messages: Vec<Message>,
    max_tokens: usize,
    temperature: f64,
    top_p: f64,
    seed: u64,
    stop: Vec<String>,
}

impl GenerateOptions {
    pub(crate) fn settings(self) -> generate::Options {
        generate::Options {
            max_tokens: self.max_tokens,
            temperature: self.temperature,
            top_p: self.top_p,
            seed: self.seed,
            stop: self.stop,
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
    max_tokens: usize,
    temperature: f64,
    top_p: f64,
    seed: u64,
    stop: Vec<String>,
}

impl AskOptions {
    pub(crate) fn question(self, text: String) -> Question {
        Question {
            text,
            history: self.history,
            settings: Settings {
                generator: self.model,
                instructions: self.instructions,
                max_tokens: self.max_tokens,
                temperature: self.temperature,
                top_p: self.top_p,
                seed: self.seed,
                stop: self.stop,
                ..self.search.settings()
            },
        }
    }
}

/// The package writes these itself; a value of the wrong type came from its caller.
pub(crate) fn parse<'a, T: Deserialize<'a>>(options: &'a str) -> Result<T> {
    serde_json::from_str(options).map_err(|source| Error::invalid("options", source.to_string()))
}
