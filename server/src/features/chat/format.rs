//! What form a request asks the reply to have.

use locutor::generate::ResponseFormat;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The form of the reply. Where it is JSON, it is on one line, and a reply that the limit of
/// tokens cuts off (`finish_reason` is `length`) is not whole.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChatFormat {
    /// Any text.
    #[default]
    Text,
    /// A JSON object.
    JsonObject {
        /// One that fits a JSON Schema (an extension, as in llama.cpp).
        schema: Option<Value>,
    },
    /// JSON that fits a JSON Schema.
    JsonSchema {
        /// The schema.
        json_schema: NamedSchema,
    },
}

/// A JSON Schema; its `name`, `description` and `strict` are passed over.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NamedSchema {
    /// The schema, drafts 4 to 2020-12; absent: any object. Keywords that cannot be kept are
    /// refused, strict or not; `oneOf` is read as `anyOf` where its options may overlap.
    schema: Option<Value>,
}

impl ChatFormat {
    /// Whether it is JSON.
    pub fn is_json(&self) -> bool {
        !matches!(self, Self::Text)
    }
}

impl From<ChatFormat> for ResponseFormat {
    fn from(format: ChatFormat) -> Self {
        let schema = match format {
            ChatFormat::Text => return Self::Text,
            ChatFormat::JsonObject { schema } => schema,
            ChatFormat::JsonSchema { json_schema } => json_schema.schema,
        };
        schema.map_or(Self::JsonObject, Self::JsonSchema)
    }
}
