//! Validation rules of a value that was read.

use garde::Validate;

use crate::http::{Fault, FieldError};

/// Applies a value's validation rules.
///
/// # Errors
/// 400 that names every value which breaks one.
pub fn validated<T: Validate<Context = ()>>(value: T) -> Result<T, Fault> {
    let broken = broken_rules(&value);
    if broken.is_empty() {
        return Ok(value);
    }
    Err(Fault::invalid_fields(broken))
}

/// Every value that breaks a rule.
pub fn broken_rules<T: Validate<Context = ()>>(value: &T) -> Vec<FieldError> {
    let Err(report) = value.validate() else {
        return Vec::new();
    };
    report
        .iter()
        .map(|(path, error)| FieldError {
            field: path.to_string(),
            message: error.message().to_owned(),
        })
        .collect()
}
