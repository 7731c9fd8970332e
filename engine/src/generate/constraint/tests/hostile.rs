//! Schemas that cannot be kept, cost too much, or make no sense.

use proptest::prelude::*;

use super::*;

#[test]
fn what_cannot_be_kept_is_refused_with_the_reason() {
    for (schema, reason) in [
        (json!({"type": "strin"}), "strin"),
        (json!({"not": {}}), "not"),
        (json!(false), "false"),
        (json!(7), "no object"),
        (json!({"$ref": "#/$defs/none"}), "#/$defs/none"),
        (
            json!({"$ref": "https://example.org/schema"}),
            "https://example.org/schema",
        ),
        (json!({"type": "string", "pattern": "("}), "unclosed"),
        (json!({"type": "array", "minItems": 1_000_000}), "minItems"),
        (json!({"type": "string", "maxLength": 1e9}), "maxLength"),
        (json!({"title": "x".repeat(70_000)}), "bytes"),
    ] {
        let message = refusal(schema.clone());
        assert!(message.contains(reason), "{schema}: {message}");
    }
}

#[test]
fn schemas_that_would_grow_without_end_are_refused() {
    let long = |prefix: &str, count: usize| -> Vec<Value> {
        (0..count)
            .map(|number| json!({"properties": {(format!("{prefix}{number}")): {}}}))
            .collect()
    };
    // Every option beside every other one.
    let product = json!({"allOf": [
        {"anyOf": long("a", 300)}, {"anyOf": long("b", 300)}, {"anyOf": long("c", 300)},
    ]});
    assert!(refusal(product).contains("combinations"));
    // Two trees at once: each level has a copy for each branch above it.
    let tree = |name: &str| {
        let reference = json!({"$ref": format!("#/$defs/{name}")});
        json!({"type": "object", "properties": {"left": reference, "right": reference}})
    };
    let trees = json!({
        "$defs": {"one": tree("one"), "two": tree("two")},
        "allOf": [{"$ref": "#/$defs/one"}, {"$ref": "#/$defs/two"}],
    });
    assert!(refusal(trees).contains("combinations"));
    // Doubling with each reference.
    let mut definitions = Map::new();
    for level in 0..60 {
        let next = json!({"$ref": format!("#/$defs/d{}", level + 1)});
        definitions.insert(format!("d{level}"), json!({"allOf": [next, next]}));
    }
    definitions.insert("d60".into(), json!({"anyOf": long("e", 100)}));
    let doubled = json!({"$defs": definitions, "$ref": "#/$defs/d0"});
    assert!(refusal(doubled).contains("combinations"));
    // A schema for all other properties, copied for each that the other part lists.
    let listed: Map<String, Value> = (0..3_000)
        .map(|number| (number.to_string(), json!({})))
        .collect();
    let names: Vec<String> = (0..5_000).map(|number| number.to_string()).collect();
    let required = json!({"type": "object", "required": names});
    let others = json!({"allOf": [
        {"type": "object", "properties": listed},
        {"type": "object", "additionalProperties": required},
    ]});
    assert!(refusal(others).contains("combinations"));
    let objects = vec![json!({"type": "object"}); 1_000];
    let twice = json!({
        "$defs": {"o": {"anyOf": objects}},
        "properties": {"a1": {"$ref": "#/$defs/o"}, "a2": {"$ref": "#/$defs/o"}},
        "patternProperties": {"^a": required},
    });
    assert!(refusal(twice).contains("combinations"));
    let counted = json!({"type": "object", "properties": listed, "minProperties": 1});
    assert!(refusal(counted).contains("minProperties"));
    let patterns: Map<String, Value> = (0..3_000)
        .map(|number| (format!("^{number}_"), json!({})))
        .collect();
    let compared = json!({"type": "object", "patternProperties": patterns});
    assert!(refusal(compared).contains("patternProperties"));
    // Text without a choice is worked out ahead.
    let repeated = |item: Value| json!({"type": "array", "minItems": 10_000, "items": item});
    for fixed in [
        repeated(json!({"const": "lorem ipsum"})),
        repeated(json!({"type": "string", "pattern": "^a{50}$"})),
        repeated(repeated(json!({"type": "null"}))),
        json!({"const": "lorem ".repeat(5_000)}),
        json!({"type": "string", "pattern": "^(a{100}){100}$"}),
    ] {
        assert!(refusal(fixed).contains("fix"));
    }
    let multiples = json!({"allOf": [{"multipleOf": 100_000}, {"multipleOf": 100_001}]});
    assert!(refusal(multiples).contains("multipleOf"));
    let mut deep = json!({});
    for _ in 0..100 {
        deep = json!({"items": deep});
    }
    assert!(refusal(deep).contains("levels"));
}

/// A chain of references as long as fits is as deep as recursion gets.
#[test]
fn a_long_chain_of_references_is_followed() {
    let mut definitions = Map::new();
    for level in 0..1_500 {
        let next = json!({"$ref": format!("#/$defs/{}", level + 1)});
        definitions.insert(level.to_string(), next);
    }
    definitions.insert("1500".into(), json!({"const": 1}));
    let chain = json!({"$defs": definitions, "$ref": "#/$defs/0"});
    assert!(fits(&chain, "1") && !fits(&chain, "2"));
}

/// Any JSON, with a schema's words in it.
fn schemas() -> impl Strategy<Value = Value> {
    let keyword = prop::sample::select(vec![
        "type",
        "properties",
        "items",
        "anyOf",
        "allOf",
        "oneOf",
        "enum",
        "const",
        "$ref",
        "$defs",
        "required",
        "pattern",
        "format",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minimum",
        "maximum",
        "multipleOf",
        "additionalProperties",
        "patternProperties",
        "prefixItems",
        "minProperties",
        "x-guidance",
        "a",
    ]);
    let word = prop::sample::select(vec![
        "object",
        "array",
        "string",
        "integer",
        "number",
        "null",
        "boolean",
        "#",
        "#/$defs/a",
        "#/properties/a",
        "^[a-z]+$",
        "(",
        "date-time",
        "é",
        "a",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..40).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 5, move |inner| {
        let object = prop::collection::vec((keyword.clone(), inner.clone()), 0..5);
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(Value::from),
            object.prop_map(|pairs| {
                let pairs = pairs
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value));
                Value::Object(pairs.collect())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever the schema, there is an answer, and where it is taken, the first token too.
    #[test]
    fn no_schema_breaks_anything(schema in schemas()) {
        if let Ok(mut constraint) = constraint(schema) {
            let mut scores = vec![0.0; VOCABULARY];
            if constraint.narrow(&mut scores).is_ok() {
                let first = scores.iter().position(|score| *score == 0.0).unwrap();
                constraint.take(first as u32).unwrap();
            }
        }
    }
}

/// What is costly is refused, before or on the way, or it is not costly after all; none of it
/// takes seconds or hundreds of megabytes.
#[test]
fn costly_schemas_end() {
    let numbered = |count: usize, schema: &dyn Fn(usize) -> Value| -> Vec<Value> {
        (0..count).map(schema).collect()
    };
    let named = |count: usize, name: &str, schema: Value| -> Map<String, Value> {
        (0..count)
            .map(|number| (name.replace('#', &number.to_string()), schema.clone()))
            .collect()
    };
    for schema in [
        json!({"maxItems": 10_000, "type": "array", "items": {"properties": {"a": {}}}}),
        json!({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"], "additionalProperties": false}),
        json!({"type": "array", "minItems": 1_500, "items": {"const": "abcdef"}}),
        json!({"const": "lorem ".repeat(2_500)}),
        json!({"type": "object", "properties": named(2_500, "p#", json!({"type": "null"}))}),
        json!({"type": "object", "required": numbered(3_000, &|number| json!(number.to_string()))}),
        json!({"type": "object", "patternProperties": named(100, "^p#_", json!({}))}),
        json!({"type": "object", "patternProperties": named(30, "^p#_.*a.{30}b$", json!({})), "additionalProperties": {}}),
        json!({"type": "string", "pattern": "^(a{1000}){1000}$"}),
        json!({"type": "string", "pattern": "^(.{0,1000}x){0,1000}y$"}),
        json!({"type": "string", "pattern": ".*(a|b).{30}(c|d).{40}e", "maxLength": 10_000}),
        json!({"anyOf": numbered(30, &|number| json!({"type": "string", "pattern": format!(".*a.{{{number}}}b")}))}),
        json!({"allOf": numbered(30, &|number| json!({"type": "string", "pattern": format!(".*a.{{{number}}}b")}))}),
        json!({"enum": numbered(9_000, &|number| json!(number))}),
        json!({"type": "integer", "multipleOf": 99_991}),
        json!({"type": "integer", "multipleOf": 999_999_999}),
    ] {
        match wander(schema, 100) {
            Ok(_) | Err(Error::InvalidInput { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
