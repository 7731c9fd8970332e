//! The header of a GGUF file: typed look-ups that say which key is missing or of the wrong type.
//!
//! Format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

use std::collections::HashMap;

use super::gguf::Value;
use crate::{Error, Result};

/// Typed access to the key-value pairs of a header.
pub(super) struct Metadata<'a>(pub(super) &'a HashMap<String, Value>);

impl Metadata<'_> {
    /// Text under the key.
    pub(super) fn text(&self, key: &str) -> Result<&str> {
        match self.value(key)? {
            Value::Text(text) => Ok(text),
            other => Err(wrong_type(key, "a text", other)),
        }
    }

    /// An unsigned number under the key, of any width.
    pub(super) fn number(&self, key: &str) -> Result<usize> {
        let value = self.value(key)?;
        let number = match value {
            Value::Unsigned(number) => *number,
            Value::Signed(number) => {
                u64::try_from(*number).map_err(|_| wrong_type(key, "not negative", value))?
            }
            other => return Err(wrong_type(key, "an unsigned number", other)),
        };
        usize::try_from(number).map_err(|_| wrong_type(key, "small enough", value))
    }

    /// A number with a fraction under the key, when the key is there.
    pub(super) fn fraction(&self, key: &str) -> Result<Option<f64>> {
        if !self.has(key) {
            return Ok(None);
        }
        match self.value(key)? {
            Value::Float(number) => Ok(Some(*number)),
            other => Err(wrong_type(key, "a fraction", other)),
        }
    }

    /// A vocabulary index under the key, when the key is there.
    pub(super) fn token(&self, key: &str) -> Result<Option<u32>> {
        if !self.has(key) {
            return Ok(None);
        }
        let number = self.number(key)?;
        u32::try_from(number)
            .map(Some)
            .map_err(|_| damaged(format!("`{key}` is {number}, which is no token")))
    }

    /// Texts under the key.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<&str>> {
        self.array(key)?
            .iter()
            .map(|item| match item {
                Value::Text(text) => Ok(text.as_str()),
                other => Err(wrong_type(key, "a list of texts", other)),
            })
            .collect()
    }

    /// Signed numbers under the key.
    pub(super) fn numbers(&self, key: &str) -> Result<Vec<i32>> {
        self.array(key)?
            .iter()
            .map(|item| match item {
                Value::Signed(number) => i32::try_from(*number)
                    .map_err(|_| wrong_type(key, "a list of 32-bit numbers", item)),
                other => Err(wrong_type(key, "a list of 32-bit numbers", other)),
            })
            .collect()
    }

    /// Whether the key is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    fn array(&self, key: &str) -> Result<&[Value]> {
        match self.value(key)? {
            Value::List(items) => Ok(items),
            other => Err(wrong_type(key, "a list", other)),
        }
    }

    fn value(&self, key: &str) -> Result<&Value> {
        self.0
            .get(key)
            .ok_or_else(|| damaged(format!("the header lacks `{key}`")))
    }
}

/// A header that cannot be used.
pub(super) fn damaged(message: impl std::fmt::Display) -> Error {
    Error::backend("gguf", message)
}

fn wrong_type(key: &str, expected: &str, found: &Value) -> Error {
    damaged(format!(
        "`{key}` should be {expected}, but is {}",
        found.kind()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_key_and_the_type() {
        let mixed = vec![Value::Text("a".into()), Value::Unsigned(1)];
        let pairs = HashMap::from([
            ("name".to_owned(), Value::Unsigned(7)),
            ("negative".to_owned(), Value::Signed(-1)),
            ("mixed".to_owned(), Value::List(mixed)),
        ]);
        let metadata = Metadata(&pairs);
        let message = |error: Error| error.to_string();
        assert!(message(metadata.text("absent").unwrap_err()).contains("lacks `absent`"));
        let error = message(metadata.text("name").unwrap_err());
        assert!(error.contains("`name` should be a text, but is an unsigned number"));
        assert!(message(metadata.number("negative").unwrap_err()).contains("`negative`"));
        assert!(message(metadata.texts("mixed").unwrap_err()).contains("`mixed`"));
        assert_eq!(metadata.number("name").unwrap(), 7);
        assert_eq!(metadata.token("absent").unwrap(), None);
    }
}
