//! How large a schema may grow while it is compiled.
//!
//! Where several parts of a schema hold at once (`allOf`, or `anyOf` beside `properties`), the
//! compiler multiplies out their alternatives, at every level that they share, and each
//! combination is a copy of the parts. A few kilobytes could become many gigabytes so; what is
//! counted here is an upper bound of the copies. Expressions that hold at once are not multiplied
//! out with any bound at all (thirty of them took 23 GB), so there may be one.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// Most bytes of a schema.
const MOST_BYTES: usize = 64 << 10;
/// Most levels of objects and arrays in it.
const MOST_DEPTH: usize = 64;
/// Most bytes of all copies, as text; compiled, they take some fifty times as much.
const MOST_COPIED: u64 = 4 << 20;
/// Most schemas within it, counted again for each reference to them.
const MOST_VISITS: usize = 50_000;
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
/// Keywords that hold beside the others of their schema.
const APPLICATORS: [&str; 6] = ["allOf", "anyOf", "oneOf", "enum", "const", "$ref"];
/// Keywords that say nothing of what fits.
const ANNOTATIONS: [&str; 7] = [
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "$schema",
];

/// Refuses what grows too large.
pub(super) fn check(schema: &Value) -> Result<(), String> {
    if !is_shallow(schema, MOST_DEPTH) {
        return Err(format!("it is deeper than {MOST_DEPTH} levels"));
    }
    let bytes = schema.to_string().len();
    if bytes > MOST_BYTES {
        return Err(format!(
            "it takes {bytes} bytes, more than {MOST_BYTES}; leave parts out or ask for them in turn"
        ));
    }
    let mut copies = Copies {
        root: schema,
        bytes: bytes as u64,
        references: HashMap::new(),
        copied: 0,
        visits: 0,
    };
    copies.visit(schema)?;
    if copies.copied > MOST_COPIED {
        return Err(
            "the alternatives of its parts that hold at once are too many combinations; \
             use fewer `anyOf`, `oneOf` or `$ref` within `allOf` or beside other keywords"
                .into(),
        );
    }
    Ok(())
}

fn is_shallow(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return false;
    };
    match value {
        Value::Object(keywords) => keywords.values().all(|value| is_shallow(value, below)),
        Value::Array(items) => items.iter().all(|value| is_shallow(value, below)),
        _ => true,
    }
}

/// How a schema multiplies another that holds at the same place.
#[derive(Debug, Clone, Copy)]
struct Growth {
    /// Its alternatives.
    here: u64,
    /// Most alternatives on a way through the schemas within it.
    below: u64,
    /// Whether there are any within it.
    nested: bool,
    /// Whether it or one within it asks strings to match an expression.
    patterned: bool,
}

impl Growth {
    const SINGLE: Self = Self {
        here: 1,
        below: 1,
        nested: false,
        patterned: false,
    };

    /// Of a schema that holds another one.
    fn hold(&mut self, inner: Self) {
        self.below = self.below.max(inner.here.saturating_mul(inner.below));
        self.nested = true;
        self.patterned |= inner.patterned;
    }

    /// Of a schema that this is another alternative of.
    fn or(&mut self, other: Self) {
        self.here = self.here.saturating_add(other.here);
        self.below = self.below.max(other.below);
        self.nested |= other.nested;
        self.patterned |= other.patterned;
    }
}

struct Copies<'a> {
    root: &'a Value,
    /// Of the whole schema.
    bytes: u64,
    /// What is known of references; `None` while it is being found out.
    references: HashMap<&'a str, Option<Growth>>,
    /// Bytes of all copies so far.
    copied: u64,
    /// Schemas that were visited, some of them several times.
    visits: usize,
}

impl<'a> Copies<'a> {
    fn visit(&mut self, schema: &'a Value) -> Result<Growth, String> {
        let Some(keywords) = schema.as_object() else {
            return Ok(Growth::SINGLE);
        };
        self.visits += 1;
        if self.visits > MOST_VISITS {
            return Err("its references lead to too much".into());
        }
        counts(keywords)?;
        for definitions in ["$defs", "definitions"] {
            for inner in members(keywords.get(definitions)) {
                self.visit(inner)?;
            }
        }
        // What each part is, and how long.
        let mut parts = Vec::new();
        for inner in list(keywords, "allOf") {
            parts.push((self.visit(inner)?, length(inner)));
        }
        for name in ["anyOf", "oneOf"] {
            let mut options = list(keywords, name).iter();
            let Some(first) = options.next() else {
                continue;
            };
            let mut growth = self.visit(first)?;
            for option in options {
                growth.or(self.visit(option)?);
            }
            parts.push((growth, keywords.get(name).map_or(0, length)));
        }
        if let Some(values) = keywords.get("enum") {
            let growth = Growth {
                here: values.as_array().map_or(1, Vec::len).max(1) as u64,
                ..Growth::SINGLE
            };
            parts.push((growth, length(values)));
        }
        if let Some(value) = keywords.get("const") {
            parts.push((Growth::SINGLE, length(value)));
        }
        if let Some(Value::String(reference)) = keywords.get("$ref") {
            parts.push((self.follow(reference)?, self.bytes));
        }
        parts.extend(self.plain(keywords)?);
        let patterned = parts.iter().filter(|(growth, _)| growth.patterned).count();
        if patterned > 1 {
            return Err(
                "a text may have to match several expressions at once; write them as one `pattern`"
                    .into(),
            );
        }
        Ok(self.multiply(&parts))
    }

    /// The keywords that hold together as one part, if any.
    fn plain(&mut self, keywords: &'a Map<String, Value>) -> Result<Option<(Growth, u64)>, String> {
        let mut plain = None;
        for (name, value) in keywords {
            if APPLICATORS.contains(&name.as_str()) || ANNOTATIONS.contains(&name.as_str()) {
                continue;
            }
            let (growth, bytes) = plain.get_or_insert((Growth::SINGLE, 0));
            *bytes += length(value) + name.len() as u64;
            match name.as_str() {
                "pattern" | "format" => growth.patterned = true,
                "properties" | "patternProperties" => {
                    for inner in members(Some(value)) {
                        growth.hold(self.visit(inner)?);
                    }
                }
                "items" | "prefixItems" | "additionalItems" | "additionalProperties" => {
                    let several = value.as_array().map_or(&[][..], Vec::as_slice).iter();
                    let one = value.as_object().map(|_| value);
                    for inner in several.chain(one) {
                        growth.hold(self.visit(inner)?);
                    }
                }
                _ => {}
            }
        }
        // Without one type, it is an alternative for each.
        if let Some((growth, _)) = &mut plain {
            growth.here = match keywords.get("type") {
                Some(Value::String(_)) => 1,
                Some(Value::Array(types)) => types.len().max(1) as u64,
                _ => 6,
            };
        }
        Ok(plain)
    }

    fn follow(&mut self, reference: &'a str) -> Result<Growth, String> {
        match self.references.get(reference) {
            Some(Some(known)) => return Ok(*known),
            // It leads back to itself: there is no end to what is below.
            Some(None) => {
                return Ok(Growth {
                    here: 1,
                    below: u64::MAX,
                    nested: true,
                    // What it asks for is noted where it is being visited.
                    patterned: false,
                });
            }
            None => {}
        }
        self.references.insert(reference, None);
        let growth = self.visit(target(self.root, reference)?)?;
        self.references.insert(reference, Some(growth));
        Ok(growth)
    }

    /// The parts at once; each is copied for every combination of the others' alternatives.
    fn multiply(&mut self, parts: &[(Growth, u64)]) -> Growth {
        let nested = parts.iter().filter(|(growth, _)| growth.nested).count();
        let mut all = Growth::SINGLE;
        for (growth, _) in parts {
            all.here = all.here.saturating_mul(growth.here);
            all.nested |= growth.nested;
            all.patterned |= growth.patterned;
            all.below = if nested > 1 {
                all.below.saturating_mul(growth.below)
            } else {
                all.below.max(growth.below)
            };
        }
        if parts.len() > 1 {
            let shared = if nested > 1 { all.below } else { 1 };
            for (growth, bytes) in parts {
                let others = (all.here / growth.here).saturating_mul(shared);
                self.copied = self.copied.saturating_add(bytes.saturating_mul(others));
            }
        }
        all
    }
}

/// What a reference leads to, found as the compiler does, which knows no escapes.
fn target<'a>(root: &'a Value, reference: &str) -> Result<&'a Value, String> {
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

fn counts(keywords: &Map<String, Value>) -> Result<(), String> {
    let large = COUNTS.iter().find(|name| {
        let count = keywords.get(**name).and_then(Value::as_f64);
        count.is_some_and(|count| count > MOST_COUNTED as f64)
    });
    match large {
        Some(name) => Err(format!(
            "`{name}` is more than {MOST_COUNTED}; leave it out and set `max_tokens` instead"
        )),
        None => Ok(()),
    }
}

fn list<'a>(keywords: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    let list = keywords.get(name).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

fn members(object: Option<&Value>) -> impl Iterator<Item = &Value> {
    object
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(_, value)| value)
}

fn length(value: &Value) -> u64 {
    value.to_string().len() as u64
}
