//! What [`ask`](super::ask) takes.

use crate::{
    generate::{Message, Options},
    retrieve::{Filter, Ranking},
};

/// A question and how to answer it.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The question; must not be blank.
    pub text: String,
    /// Earlier turns, oldest first; may be empty.
    pub history: Vec<Message>,
    /// How to answer.
    pub settings: Settings,
}

impl Question {
    /// A question without history, with default settings.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

/// How to find passages and how to write.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Most passages to consider, at least 1.
    pub limit: usize,
    /// How to rank them.
    pub ranking: Ranking,
    /// Which may be found.
    pub filter: Filter,
    /// Language model; `None` is [`crate::Engine::default_generator`].
    pub generator: Option<String>,
    /// Embedding model; `None` is the engine's default. It must be the one of the index.
    pub embedder: Option<String>,
    /// Application's own instructions, in front of ours.
    pub instructions: Option<String>,
    /// How to write the draft. [`Options::logprobs`] and [`Options::response_format`] are passed
    /// over: what comes out are sentences that were checked, not the model's tokens.
    pub writing: Options,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limit: 5,
            ranking: Ranking::ReciprocalRank { k: 60 },
            filter: Filter::default(),
            generator: None,
            embedder: None,
            instructions: None,
            writing: Options {
                max_tokens: 160,
                ..Options::default()
            },
        }
    }
}
