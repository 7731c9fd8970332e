//! How likely the tokens of a reply were, in OpenAI's shape.

use locutor::generate::{ScoredToken, TokenLogprobs};
use serde::Serialize;
use utoipa::ToSchema;

/// How likely the tokens were.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatLogprobs {
    /// The tokens of the text.
    pub content: Vec<ChatTokenLogprobs>,
    /// Always absent.
    pub refusal: Option<()>,
}

/// A token of the reply.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatTokenLogprobs {
    /// The token.
    #[serde(flatten)]
    pub chosen: ChatToken,
    /// The likeliest tokens at this place, as many as `top_logprobs`, likeliest first; the
    /// reply's own need not be among them.
    pub top_logprobs: Vec<ChatToken>,
}

/// A token and how likely the model found it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatToken {
    /// Its text, with replacement characters where it is a part of a character.
    pub token: String,
    /// Natural logarithm of the probability, before temperature, penalties and biases; -9999
    /// stands for everything less likely.
    #[schema(minimum = -9999.0, maximum = 0.0)]
    pub logprob: f32,
    /// Its text in UTF-8, or the part of a character that it is.
    pub bytes: Vec<u8>,
}

impl ChatLogprobs {
    /// Of these tokens.
    pub fn of(tokens: &[TokenLogprobs]) -> Self {
        let content = tokens.iter().map(|token| ChatTokenLogprobs {
            chosen: ChatToken::of(&token.chosen),
            top_logprobs: token.alternatives.iter().map(ChatToken::of).collect(),
        });
        Self {
            content: content.collect(),
            refusal: None,
        }
    }
}

impl ChatToken {
    fn of(token: &ScoredToken) -> Self {
        Self {
            token: token.text(),
            logprob: token.logprob,
            bytes: token.bytes.clone(),
        }
    }
}
