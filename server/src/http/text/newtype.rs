//! Cleaned texts as types.

use std::{borrow::Cow, fmt, ops::Deref};

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::characters::{Lines, cleaned, pattern};

macro_rules! text {
    ($(#[$documentation:meta])* $name:ident, $lines:expr) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Cleans a text.
            ///
            /// # Errors
            /// Names the first character that no text may have.
            pub fn new(text: &str) -> Result<Self, String> {
                cleaned(text, $lines).map(Self)
            }

            /// The text.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(reader)?;
                Self::new(&text).map_err(D::Error::custom)
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl garde::rules::length::chars::HasChars for $name {
            fn num_chars(&self) -> usize {
                self.chars().count()
            }
        }

        impl garde::rules::length::bytes::HasBytes for $name {
            fn num_bytes(&self) -> usize {
                self.len()
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .pattern(Some(pattern($lines)))
                    .examples(["The mill"])
                    .into()
            }
        }

        impl ToSchema for $name {}
    };
}

text! {
    /// One line: no line breaks, no control characters.
    Line, Lines::One
}

text! {
    /// A text of any number of lines: no control characters but line feeds and tabs.
    Paragraph, Lines::Many
}

#[cfg(test)]
mod tests {
    use garde::Validate;

    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    struct Note {
        #[garde(length(chars, min = 1, max = 3))]
        title: Line,
        #[garde(length(bytes, max = 5))]
        text: Option<Paragraph>,
    }

    #[test]
    fn texts_are_cleaned_as_they_are_read_and_then_measured() {
        let note: Note = serde_json::from_str(r#"{"title":" u\u0308 ","text":"a\r\nb"}"#).unwrap();
        note.validate().unwrap();
        assert_eq!((&*note.title, note.text.as_deref()), ("ü", Some("a\nb")));
        let refused = serde_json::from_str::<Note>(r#"{"title":"a\nb"}"#).unwrap_err();
        assert!(refused.to_string().contains("U+000A"), "{refused}");
        let blank = serde_json::from_str::<Note>(r#"{"title":"   "}"#).unwrap_err();
        assert!(blank.to_string().contains("white space"), "{blank}");
        for (title, text) in [("", "a"), ("four", "a"), ("a", "abcdef")] {
            let json = serde_json::json!({"title": title, "text": text});
            let note: Note = serde_json::from_value(json).unwrap();
            assert!(note.validate().is_err(), "{note:?}");
        }
        assert_eq!(serde_json::to_string(&note.title).unwrap(), "\"ü\"");
    }
}
