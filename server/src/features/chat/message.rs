//! Messages as OpenAI's clients send them.

use locutor::generate::{Message, Role};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::FieldError;

/// One turn.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ChatMessage {
    /// Who speaks.
    role: ChatRole,
    /// What they say: a text, or parts of type `text`.
    #[schema(value_type = Content, required)]
    content: Option<Content>,
    /// Accepted and ignored.
    #[serde(rename = "name")]
    _name: Option<String>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChatRole {
    /// Instructions from the application.
    System,
    /// The same, in OpenAI's newer words.
    Developer,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// What is said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, expecting = "a text, or an array of parts")]
pub enum Content {
    /// All of it.
    Text(String),
    /// In parts.
    Parts(Vec<Part>),
}

/// A part of what is said.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Part {
    /// Only `text`.
    #[schema(value_type = PartType)]
    r#type: String,
    /// The text.
    #[schema(value_type = String, required)]
    text: Option<String>,
}

/// What a part can be.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(
    dead_code,
    reason = "only describes the field, whose other values are refused in words"
)]
enum PartType {
    /// A text.
    Text,
}

impl ChatMessage {
    /// The message for the engine.
    ///
    /// # Errors
    /// What is not text, named by its path.
    pub fn checked(self, position: usize) -> Result<Message, FieldError> {
        let role = match self.role {
            ChatRole::System | ChatRole::Developer => Role::System,
            ChatRole::User => Role::User,
            ChatRole::Assistant => Role::Assistant,
        };
        let refuse = |message: String| FieldError {
            field: format!("messages[{position}].content"),
            message,
        };
        let content = match self.content {
            Some(Content::Text(text)) => text,
            Some(Content::Parts(parts)) => joined(parts).map_err(refuse)?,
            None => return Err(refuse("is missing; every message needs a text".into())),
        };
        Ok(Message { role, content })
    }
}

fn joined(parts: Vec<Part>) -> Result<String, String> {
    let mut texts = Vec::with_capacity(parts.len());
    for part in parts {
        match (part.r#type.as_str(), part.text) {
            ("text", Some(text)) => texts.push(text),
            ("text", None) => return Err("has a part of type text without `text`".into()),
            (other, _) => {
                return Err(format!(
                    "has a part of type `{other}`; the models here read only text"
                ));
            }
        }
    }
    Ok(texts.join("\n"))
}
