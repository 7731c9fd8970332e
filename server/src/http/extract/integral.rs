//! Numbers such as `2.0`: for JSON Schema, and for languages with one kind of number, they are
//! integers, but serde takes them only for fractions.

use serde_json::{Number, Value};

/// Up to here every integer has a floating-point number of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Writes such numbers as integers; tells whether there were any.
pub fn make_integers(value: &mut Value) -> bool {
    match value {
        Value::Number(number) => integer(number).is_some_and(|integer| {
            *number = integer;
            true
        }),
        // Every element has to be looked at, so nothing here may stop at the first.
        Value::Array(elements) => {
            let written = elements.iter_mut().map(make_integers);
            written.filter(|changed| *changed).count() > 0
        }
        Value::Object(fields) => {
            let written = fields.values_mut().map(make_integers);
            written.filter(|changed| *changed).count() > 0
        }
        _ => false,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "it has no fraction and lies within the exact integers"
)]
fn integer(number: &Number) -> Option<Number> {
    let fraction = number.as_f64().filter(|_| number.is_f64())?;
    let whole = fraction.fract() == 0.0 && fraction.abs() <= EXACT;
    whole.then(|| Number::from(fraction as i64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_become_integers_and_others_stay() {
        let mut value = json!({"a": 2.0, "b": [1.5, -0.0, {"c": 7.0}], "d": "1.0", "e": 1e300});
        assert!(make_integers(&mut value));
        let expected = json!({"a": 2, "b": [1.5, 0, {"c": 7}], "d": "1.0", "e": 1e300});
        assert_eq!(value, expected);
        assert!(!make_integers(&mut value));
    }
}
