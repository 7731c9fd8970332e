//! The shape of a JSON body, before it is read: its syntax, how deep it nests, and that no object names
//! a field twice.
//!
//! Two parsers may disagree about which of two fields of one name counts, and then a check in front of
//! this server sees another request than the server does. So such bodies are refused (RFC 8259, section
//! 4, leaves them undefined). How many elements there are is bounded by the limit on the body's size.

use std::{cell::Cell, collections::HashSet, fmt};

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

/// Most levels of arrays and objects, the outermost included.
pub const MOST_DEPTH: usize = 64;

/// Checks a body.
///
/// # Errors
/// What is wrong, as a sentence for the client.
pub fn check_shape(body: &[u8]) -> Result<(), String> {
    let refused = Cell::new(false);
    let mut reader = serde_json::Deserializer::from_slice(body);
    let level = Level {
        depth: 0,
        refused: &refused,
    };
    let outcome = level.deserialize(&mut reader).and_then(|()| reader.end());
    outcome.map_err(|error| {
        if refused.get() {
            error.to_string()
        } else {
            format!("the body is not JSON: {error}")
        }
    })
}

/// A value at some depth.
#[derive(Clone, Copy)]
struct Level<'a> {
    depth: usize,
    /// Set when the body is JSON but refused.
    refused: &'a Cell<bool>,
}

impl Level<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > MOST_DEPTH {
            self.refused.set(true);
            return Err(E::custom(format!(
                "the body nests deeper than {MOST_DEPTH} levels; flatten it"
            )));
        }
        Ok(Self { depth, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let level = self.deeper()?;
        while elements.next_element_seed(level)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let level = self.deeper()?;
        let mut names = HashSet::new();
        while let Some(name) = fields.next_key::<String>()? {
            fields.next_value_seed(level)?;
            if let Some(name) = names.replace(name) {
                self.refused.set(true);
                let message = format!("the body names the field `{name}` twice in one object");
                return Err(A::Error::custom(message));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nested(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn depth_and_repeated_names_are_refused() {
        check_shape(nested(MOST_DEPTH).as_bytes()).unwrap();
        let deep = check_shape(nested(MOST_DEPTH + 1).as_bytes()).unwrap_err();
        assert!(deep.contains("64 levels"), "{deep}");
        check_shape(br#"{"a":{"b":1},"b":[{"a":1},{"a":null}]}"#).unwrap();
        for twice in [r#"{"a":1,"a":1}"#, r#"{"b":[{"a":1,"\u0061":2}]}"#] {
            let refused = check_shape(twice.as_bytes()).unwrap_err();
            assert!(refused.contains("`a` twice"), "{refused}");
        }
        for broken in ["{", "{\"a\":}", "{} x", "nul"] {
            let refused = check_shape(broken.as_bytes()).unwrap_err();
            assert!(refused.starts_with("the body is not JSON"), "{refused}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_the_answer_is_that_of_serde_json(body in "[\\[\\]{}\",:a1. \\\\u]{0,24}") {
            let value = serde_json::from_str::<serde_json::Value>(&body);
            match check_shape(body.as_bytes()) {
                Ok(()) => prop_assert!(value.is_ok()),
                Err(message) => prop_assert!(value.is_err() || message.contains("twice")),
            }
        }
    }
}
