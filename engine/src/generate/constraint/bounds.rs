//! How large a schema may grow while it is compiled.
//!
//! Where several parts of a schema hold at once (`allOf`, or `anyOf` beside `properties`), the
//! compiler multiplies out their alternatives, at every level that they share, and each
//! combination is a copy of the parts. A few kilobytes could become many gigabytes so; what is
//! counted here is an upper bound of the copies. Expressions that hold at once are not multiplied
//! out with any bound at all (thirty of them took 23 GB), so there may be one.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{
    growth::Growth,
    keywords::{count, counts, fixed_by, length, list, members, target},
};

/// Most bytes of a schema.
const MOST_BYTES: usize = 64 << 10;
/// Most levels of objects and arrays in it.
const MOST_DEPTH: usize = 64;
/// Most bytes of all copies, as text; compiled, they take some fifty times as much.
const MOST_COPIED: u64 = 4 << 20;
/// Most schemas within it, counted again for each reference to them.
const MOST_VISITS: usize = 50_000;
/// Most levels of schemas and references on one way: the compiler recurses along them.
const MOST_LEVELS: usize = 2_000;
/// Most bytes of a reply that a schema may leave no choice about: they are found out ahead, and again
/// for each token.
const MOST_FIXED: u64 = 16 << 10;
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
        levels: 0,
    };
    let growth = copies.visit(schema)?;
    if copies.copied > MOST_COPIED {
        return Err(
            "the alternatives of its parts that hold at once are too many combinations; \
             use fewer `anyOf`, `oneOf` or `$ref` within `allOf` or beside other keywords"
                .into(),
        );
    }
    if growth.fixed > MOST_FIXED {
        return Err(format!(
            "it may fix {} bytes of the reply, more than {MOST_FIXED}; ask for what the model is to choose",
            growth.fixed
        ));
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
    /// Those that one is within now.
    levels: usize,
}

impl<'a> Copies<'a> {
    fn visit(&mut self, schema: &'a Value) -> Result<Growth, String> {
        let Some(keywords) = schema.as_object() else {
            return Ok(Growth::SINGLE);
        };
        self.visits += 1;
        if self.visits > MOST_VISITS || self.levels > MOST_LEVELS {
            return Err("its references lead to too much".into());
        }
        counts(keywords)?;
        self.levels += 1;
        let growth = self.of(keywords);
        self.levels -= 1;
        growth
    }

    fn of(&mut self, keywords: &'a Map<String, Value>) -> Result<Growth, String> {
        for definitions in ["$defs", "definitions"] {
            for inner in members(keywords.get(definitions)) {
                self.visit(inner)?;
            }
        }
        // What each part is, and how long.
        let mut parts = Vec::new();
        for inner in list(keywords, "allOf") {
            parts.push((self.visit(inner)?, self.length_of(inner)));
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
            parts.push((
                growth,
                keywords.get(name).map_or(0, |all| self.length_of(all)),
            ));
        }
        if let Some(values) = keywords.get("enum") {
            let growth = Growth {
                here: values.as_array().map_or(1, Vec::len).max(1) as u64,
                fixed: values
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(length)
                    .max()
                    .unwrap_or(0),
                ..Growth::SINGLE
            };
            parts.push((growth, length(values)));
        }
        if let Some(value) = keywords.get("const") {
            let growth = Growth {
                fixed: length(value),
                ..Growth::SINGLE
            };
            parts.push((growth, length(value)));
        }
        if let Some(Value::String(reference)) = keywords.get("$ref") {
            parts.push((self.follow(reference)?, self.bytes));
        }
        parts.extend(self.plain(keywords)?);
        self.multiply(&parts)
    }

    /// The keywords that hold together as one part, if any.
    fn plain(&mut self, keywords: &'a Map<String, Value>) -> Result<Option<(Growth, u64)>, String> {
        let mut plain = None;
        for (name, value) in keywords {
            if APPLICATORS.contains(&name.as_str()) || ANNOTATIONS.contains(&name.as_str()) {
                continue;
            }
            let (growth, bytes) = plain.get_or_insert((Growth::SINGLE, 0));
            *bytes += self.length_of(value) + name.len() as u64;
            match name.as_str() {
                "format" => growth.patterned = true,
                "pattern" => {
                    growth.patterned = true;
                    growth.fixed = growth.fixed.saturating_add(fixed_by(value));
                }
                "minLength" => {
                    growth.fixed = growth.fixed.saturating_add(value.as_u64().unwrap_or(0));
                }
                "multipleOf" => growth.multiple = true,
                "properties" => {
                    growth.names = growth.names.max(count(value));
                    for (name, inner) in value.as_object().into_iter().flatten() {
                        let inner = self.visit(inner)?;
                        let fixed = inner.fixed.saturating_add(name.len() as u64);
                        growth.fixed = growth.fixed.saturating_add(fixed);
                        growth.hold(inner);
                    }
                }
                "patternProperties" => {
                    growth.open = true;
                    for inner in members(Some(value)) {
                        growth.hold(self.visit(inner)?);
                    }
                }
                "items" | "prefixItems" | "additionalItems" | "additionalProperties" => {
                    let several = value.as_array().map_or(&[][..], Vec::as_slice);
                    growth.names = growth.names.max(several.len() as u64);
                    growth.open |= value.is_object();
                    // As many as there must be.
                    let least = keywords.get("minItems").and_then(Value::as_u64);
                    let least = least.filter(|_| value.is_object()).unwrap_or(1).max(1);
                    for inner in several.iter().chain(value.is_object().then_some(value)) {
                        let inner = self.visit(inner)?;
                        let fixed = inner.fixed.saturating_add(2).saturating_mul(least);
                        growth.fixed = growth.fixed.saturating_add(fixed);
                        growth.hold(inner);
                    }
                }
                _ => {}
            }
        }
        self.named_twice(keywords)?;
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

    /// Properties that a pattern names too have to fit both.
    fn named_twice(&mut self, keywords: &'a Map<String, Value>) -> Result<(), String> {
        if !keywords.contains_key("patternProperties") {
            return Ok(());
        }
        let mut parts = |name| -> Result<Vec<(Growth, u64)>, String> {
            let schemas = members(keywords.get(name));
            schemas
                .map(|schema| Ok((self.visit(schema)?, self.length_of(schema))))
                .collect()
        };
        let (patterns, properties) = (parts("patternProperties")?, parts("properties")?);
        for pattern in patterns {
            for property in &properties {
                self.multiply(&[pattern, *property])?;
            }
        }
        Ok(())
    }

    /// Bytes of a schema, with everything where it refers to something.
    fn length_of(&self, schema: &Value) -> u64 {
        let text = schema.to_string();
        let references = text.matches("\"$ref\"").count() as u64;
        references
            .saturating_mul(self.bytes)
            .saturating_add(text.len() as u64)
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
                    // What else it asks for is noted where it is being visited.
                    ..Growth::SINGLE
                });
            }
            None => {}
        }
        self.references.insert(reference, None);
        let growth = self.visit(target(self.root, reference)?)?;
        self.references.insert(reference, Some(growth));
        Ok(growth)
    }

    /// The parts at once; each is copied for every combination of the others' alternatives, and for
    /// each of their names where it has a schema for those that it does not list.
    fn multiply(&mut self, parts: &[(Growth, u64)]) -> Result<Growth, String> {
        let several =
            |has: fn(&Growth) -> bool| parts.iter().filter(|(growth, _)| has(growth)).count() > 1;
        if several(|growth| growth.patterned) {
            return Err(
                "a text may have to match several expressions at once; write them as one `pattern`"
                    .into(),
            );
        }
        if several(|growth| growth.multiple) {
            return Err(
                "a number may have to be a multiple of several numbers; write one `multipleOf`"
                    .into(),
            );
        }
        let names: u64 = parts.iter().map(|(growth, _)| growth.names).sum();
        let nested = parts.iter().filter(|(growth, _)| growth.nested).count();
        let mut all = Growth::SINGLE;
        for (growth, _) in parts {
            all.here = all.here.saturating_mul(growth.here);
            all.nested |= growth.nested;
            all.fixed = all.fixed.saturating_add(growth.fixed);
            all.note(*growth);
            all.below = if nested > 1 {
                all.below.saturating_mul(growth.below)
            } else {
                all.below.max(growth.below)
            };
        }
        if parts.len() > 1 {
            let shared = if nested > 1 { all.below } else { 1 };
            for (growth, bytes) in parts {
                let listed = if growth.open { 1 + names } else { 1 };
                let others = (all.here / growth.here)
                    .saturating_mul(shared)
                    .saturating_mul(listed);
                self.copied = self.copied.saturating_add(bytes.saturating_mul(others));
            }
        }
        Ok(all)
    }
}
