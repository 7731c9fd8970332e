//! Validation rules that say both ends of a range.

use std::fmt::Display;

/// A number that, where it is given, lies in the range, ends included.
pub fn between<T: PartialOrd + Display>(
    least: T,
    most: T,
) -> impl FnOnce(&Option<T>, &()) -> garde::Result {
    move |value, ()| match value {
        // Written so that not-a-number is refused too.
        Some(value) if !(*value >= least && *value <= most) => Err(garde::Error::new(format!(
            "is {value}; it must be from {least} to {most}"
        ))),
        _ => Ok(()),
    }
}
