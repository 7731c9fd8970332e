//! Settings that nobody but the program may read.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

/// What stands for a secret wherever settings are shown.
pub const REDACTED: &str = "(secret)";

/// How the schema of a secret tells it from other texts.
pub const FORMAT: &str = "secret";

/// A secret; whoever prints or serializes it sees that there is one, not what it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, for the one who needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(REDACTED)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(REDACTED)
    }
}

/// What stands for a secret is none: nobody shall sign with it because a print was used as a file.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == REDACTED {
            return Err(D::Error::custom(format!(
                "`{REDACTED}` only stands for a secret where settings are printed; write the secret \
                 itself, or leave the setting out"
            )));
        }
        Ok(Self(text))
    }
}

impl PartialSchema for Secret {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom(FORMAT.into())))
            .into()
    }
}

impl ToSchema for Secret {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_never_shown() {
        let secret = Secret::from("hunter2".to_owned());
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert!(!serde_json::to_string(&secret).unwrap().contains("hunter2"));
        assert_eq!(secret.reveal(), "hunter2");
    }

    #[test]
    fn what_is_shown_is_not_taken_for_a_secret() {
        let shown = serde_json::to_string(&Secret::from("hunter2".to_owned())).unwrap();
        let refused = serde_json::from_str::<Secret>(&shown).unwrap_err();
        assert!(refused.to_string().contains("leave the setting out"));
        let read: Secret = serde_json::from_str("\"hunter2\"").unwrap();
        assert_eq!(read.reveal(), "hunter2");
    }
}
