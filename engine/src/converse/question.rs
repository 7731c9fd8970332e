//! What [`ask`](super::ask) takes.

use crate::{
    generate::Message,
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
    /// Most tokens to write.
    pub max_tokens: usize,
    /// In `[0, 2]`; 0 always takes the likeliest token.
    pub temperature: f64,
    /// Nucleus sampling threshold in `(0, 1]`.
    pub top_p: f64,
    /// The same seed gives the same draft.
    pub seed: u64,
    /// Texts that end the draft.
    pub stop: Vec<String>,
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
            max_tokens: 160,
            temperature: 0.0,
            top_p: 1.0,
            seed: 0,
            stop: Vec::new(),
        }
    }
}
