//! The header of a GGUF file: typed look-ups that say which key is missing or of the wrong type.
//!
//! Format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

use candle_core::quantized::gguf_file::{Content, Value};

use crate::{Error, Result};

/// Typed access to the key-value pairs of a header.
pub(super) struct Metadata<'a>(pub(super) &'a Content);

impl Metadata<'_> {
    /// Text under the key.
    pub(super) fn text(&self, key: &str) -> Result<&str> {
        match self.value(key)? {
            Value::String(text) => Ok(text),
            other => Err(wrong_type(key, "a string", other)),
        }
    }

    /// An unsigned number under the key, of any width.
    pub(super) fn number(&self, key: &str) -> Result<usize> {
        let value = self.value(key)?;
        let number = match value {
            Value::U8(number) => u64::from(*number),
            Value::U16(number) => u64::from(*number),
            Value::U32(number) => u64::from(*number),
            Value::U64(number) => *number,
            Value::I32(number) => {
                u64::try_from(*number).map_err(|_| wrong_type(key, "not negative", value))?
            }
            other => return Err(wrong_type(key, "an unsigned number", other)),
        };
        usize::try_from(number).map_err(|_| wrong_type(key, "small enough", value))
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
                Value::String(text) => Ok(text.as_str()),
                other => Err(wrong_type(key, "a list of strings", other)),
            })
            .collect()
    }

    /// Signed numbers under the key.
    pub(super) fn numbers(&self, key: &str) -> Result<Vec<i32>> {
        self.array(key)?
            .iter()
            .map(|item| match item {
                Value::I32(number) => Ok(*number),
                other => Err(wrong_type(key, "a list of 32-bit numbers", other)),
            })
            .collect()
    }

    /// Whether the key is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.0.metadata.contains_key(key)
    }

    fn array(&self, key: &str) -> Result<&[Value]> {
        match self.value(key)? {
            Value::Array(items) => Ok(items),
            other => Err(wrong_type(key, "a list", other)),
        }
    }

    fn value(&self, key: &str) -> Result<&Value> {
        self.0
            .metadata
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
        "`{key}` should be {expected}, but is {:?}",
        found.value_type()
    ))
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, io::Cursor};

    use candle_core::quantized::gguf_file::VersionedMagic;
    use proptest::prelude::*;

    use super::*;

    fn content(pairs: Vec<(&str, Value)>) -> Content {
        Content {
            magic: VersionedMagic::GgufV3,
            metadata: pairs
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
            tensor_infos: HashMap::new(),
            tensor_data_offset: 0,
        }
    }

    #[test]
    fn errors_name_the_key_and_the_type() {
        let content = content(vec![
            ("name", Value::U32(7)),
            ("negative", Value::I32(-1)),
            (
                "mixed",
                Value::Array(vec![Value::String("a".into()), Value::U8(1)]),
            ),
        ]);
        let metadata = Metadata(&content);
        let message = |error: Error| error.to_string();
        assert!(message(metadata.text("absent").unwrap_err()).contains("lacks `absent`"));
        assert!(message(metadata.text("name").unwrap_err()).contains("`name` should be a string"));
        assert!(message(metadata.number("negative").unwrap_err()).contains("`negative`"));
        assert!(message(metadata.texts("mixed").unwrap_err()).contains("`mixed`"));
        assert_eq!(metadata.number("name").unwrap(), 7);
        assert_eq!(metadata.token("absent").unwrap(), None);
    }

    proptest! {
        #[test]
        fn a_mangled_header_is_an_error_not_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
            let mut file = b"GGUF\x03\0\0\0".to_vec();
            file.extend(bytes);
            // Either outcome is fine; what matters is that reading ends.
            let _ = Content::read(&mut Cursor::new(file));
        }
    }
}
