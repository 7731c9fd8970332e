//! What single keywords of a schema say.

use serde_json::{Map, Value};

/// Most patterns of names, each of which is compared with every other, and most properties whose
/// number may be bounded, of which each may be the last.
const MOST_BOUNDED: usize = 100;
/// Most elements, properties or characters that a bound may ask for: counting them is a part of
/// the grammar.
const MOST_COUNTED: u64 = 10_000;

/// Keywords that count something.
const COUNTS: [&str; 6] = [
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minProperties",
    "maxProperties",
];
/// Bytes that an expression may leave no choice about: its own, as often as it has to be repeated.
pub(super) fn fixed_by(pattern: &Value) -> u64 {
    let pattern = pattern.as_str().unwrap_or_default();
    let repeated = pattern.split('{').skip(1).filter_map(|rest| {
        let digits = rest
            .split(|character: char| !character.is_ascii_digit())
            .next()?;
        digits.parse::<u64>().ok()
    });
    let repeated = repeated.fold(1_u64, |all, times| all.saturating_mul(times.max(1)));
    repeated.saturating_mul(pattern.len() as u64)
}

pub(super) fn count(object: &Value) -> u64 {
    object.as_object().map_or(0, Map::len) as u64
}

/// What a reference leads to, found as the compiler does, which knows no escapes.
pub(super) fn target<'a>(root: &'a Value, reference: &str) -> Result<&'a Value, String> {
    let path = match reference {
        "#" => Some(""),
        _ => reference.strip_prefix("#/"),
    };
    let mut names = path.into_iter().flat_map(|path| path.split('/'));
    let found = names
        .by_ref()
        .filter(|name| !name.is_empty())
        .try_fold(root, |value, name| {
            let index = name.parse::<usize>();
            index.map_or_else(
                |_| value.get(name),
                |index| value.get(index).or_else(|| value.get(name)),
            )
        });
    found.filter(|_| path.is_some()).ok_or_else(|| {
        format!(
            "`$ref` is `{reference}`, which is not found; write `#/$defs/` and a name in `$defs`"
        )
    })
}

pub(super) fn counts(keywords: &Map<String, Value>) -> Result<(), String> {
    let large = COUNTS.iter().find(|name| {
        let count = keywords.get(**name).and_then(Value::as_f64);
        count.is_some_and(|count| count > MOST_COUNTED as f64)
    });
    if let Some(name) = large {
        return Err(format!(
            "`{name}` is more than {MOST_COUNTED}; leave it out and set `max_tokens` instead"
        ));
    }
    let patterns = keywords.get("patternProperties").map_or(0, count);
    if patterns > MOST_BOUNDED as u64 {
        return Err(format!(
            "`patternProperties` has {patterns} patterns; it may have {MOST_BOUNDED}"
        ));
    }
    let properties = keywords.get("properties").map_or(0, count);
    let bounded = ["minProperties", "maxProperties"]
        .iter()
        .find(|name| keywords.contains_key(**name));
    match bounded {
        Some(name) if properties > MOST_BOUNDED as u64 => Err(format!(
            "`{name}` stands beside {properties} properties; it may beside {MOST_BOUNDED}"
        )),
        _ => Ok(()),
    }
}

pub(super) fn list<'a>(keywords: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    let list = keywords.get(name).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

pub(super) fn members(object: Option<&Value>) -> impl Iterator<Item = &Value> {
    object
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(_, value)| value)
}

pub(super) fn length(value: &Value) -> u64 {
    value.to_string().len() as u64
}
