//! What form a reply has.

use serde_json::Value;

/// The form of a reply.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum ResponseFormat {
    /// Any text.
    #[default]
    Text,
    /// A JSON object.
    JsonObject,
    /// JSON that fits a JSON Schema (drafts 4 to 2020-12), object or boolean.
    ///
    /// Properties come in the schema's order. `oneOf` is read as `anyOf` where its options may
    /// overlap. A keyword that cannot be kept is refused, annotations excepted. So is what would
    /// take too much memory or time: a schema of more than 64 KiB, combinations (`allOf` of
    /// `anyOf` and the like) that multiply too far, several expressions for one text, more than
    /// 16 KiB of text without a choice.
    JsonSchema(Value),
}
