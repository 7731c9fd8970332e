//! `null` in bodies that change something: it is not the same as what is absent.

#![expect(clippy::option_option, reason = "null and what is absent differ")]

use serde::{Deserialize, Deserializer};

/// Absent: `None`; `null`: `Some(None)`.
///
/// # Errors
/// What `T` refuses.
pub fn present<'de, T, D>(reader: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(reader).map(Some)
}

/// For what cannot be removed: `null` is refused.
///
/// # Errors
/// What `T` refuses.
pub fn given<'de, T, D>(reader: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(reader).map(Some)
}
