//! What the constraint lets through, with a real vocabulary.

use std::sync::LazyLock;

use locutor_models::Store;

use super::*;
use crate::generate::{gguf::Gguf, metadata::Metadata};

mod hostile;

/// Tokens of the model.
const VOCABULARY: usize = 49_152;

struct Model {
    vocabulary: Vocabulary,
    constraints: Constraints,
}

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let folder = Store::default_folder().join("smollm2-135m-instruct");
    let file = Gguf::open(&folder.join("model.gguf"))
        .expect("get the model with `locutor models pull smollm2-135m-instruct`");
    Model {
        vocabulary: Vocabulary::read(&Metadata(&file.metadata)).unwrap(),
        constraints: Constraints::default(),
    }
});

fn constraint(schema: Value) -> Result<Constraint> {
    let format = ResponseFormat::JsonSchema(schema);
    let constraint = MODEL.constraints.constraint(&format, &MODEL.vocabulary);
    constraint.map(Option::unwrap)
}

fn tokens(text: &str) -> Vec<u32> {
    let encoding = MODEL.vocabulary.tokenizer.encode(text, false);
    encoding.unwrap().get_ids().to_vec()
}

/// Whether the text may be a whole reply.
fn fits(schema: &Value, text: &str) -> bool {
    let mut constraint = constraint(schema.clone()).unwrap();
    for token in tokens(text) {
        let mut scores = vec![0.0; VOCABULARY];
        if constraint.matcher.is_stopped() {
            return false;
        }
        constraint.narrow(&mut scores).unwrap();
        if constraint.matcher.validate_tokens(&[token]).unwrap() == 0 {
            return false;
        }
        constraint.take(token).unwrap();
    }
    constraint.matcher.is_stopped() || constraint.matcher.is_accepting().unwrap()
}

fn refusal(schema: Value) -> String {
    match constraint(schema) {
        Err(Error::InvalidInput { parameter, message }) => {
            assert_eq!(parameter, "response_format");
            message
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was taken"),
    }
}

#[test]
fn what_fits_passes_and_nothing_else() {
    let person = json!({
        "$defs": {"address": {
            "type": "object",
            "properties": {"street": {"type": "string"}, "zip": {"type": "string", "pattern": "^[0-9]{5}$"}},
            "required": ["street"],
            "additionalProperties": false,
        }},
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 8},
            "age": {"type": "integer", "minimum": 0, "maximum": 150},
            "addresses": {"type": "array", "items": {"$ref": "#/$defs/address"}, "maxItems": 2},
            "mood": {"enum": ["good", "bad", null]},
        },
        "required": ["name", "age"],
        "additionalProperties": false,
    });
    let good = [
        r#"{"name": "Ada", "age": 36}"#,
        r#"{"name": "日本語 é", "age": 0, "mood": null}"#,
        r#"{"name": "", "age": 150, "addresses": []}"#,
        r#"{"name": "a\"b\\\n", "age": 7, "addresses": [{"street": "x", "zip": "12345"}, {"street": ""}], "mood": "bad"}"#,
    ];
    let bad = [
        r#"{"name": "Ada"}"#,
        r#"{"name": "Ada", "age": 151}"#,
        r#"{"name": "Ada", "age": -1}"#,
        r#"{"name": "Ada", "age": 3.5}"#,
        r#"{"name": "Adelheid9", "age": 3}"#,
        r#"{"age": 3, "name": "Ada"}"#,
        r#"{"name": "Ada", "age": 3, "more": 1}"#,
        r#"{"name": "Ada", "age": 3, "mood": "so"}"#,
        r#"{"name": "Ada", "age": 3, "addresses": [{"street": "x", "zip": "1234"}]}"#,
        r#"{"name": "Ada", "age": 3, "addresses": [{"street": ""}, {"street": ""}, {"street": ""}]}"#,
        r#"{"name": "Ada", "age": 3}}"#,
        r#"{"name": "Ada", "age": 3"#,
        r#"{ "name": "Ada", "age": 3}"#,
        "Ada",
        "",
    ];
    for text in good {
        assert!(
            serde_json::from_str::<Value>(text).is_ok() && fits(&person, text),
            "{text}"
        );
    }
    for text in bad {
        assert!(!fits(&person, text), "{text}");
    }
}

#[test]
fn schemas_combine_and_refer_to_themselves() {
    let tree = json!({
        "$ref": "#/$defs/tree",
        "$defs": {"tree": {
            "type": "object",
            "properties": {
                "value": {"type": "number"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
            },
            "required": ["value", "children"],
            "additionalProperties": false,
        }},
    });
    let deep = r#"{"value": 1.5e3, "children": [{"value": -2, "children": []}]}"#;
    assert!(fits(&tree, deep) && !fits(&tree, r#"{"value": 1, "children": [2]}"#));

    // As pydantic writes a union with a tag.
    let tagged = json!({
        "$defs": {
            "cat": {"type": "object", "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}},
                "required": ["kind", "lives"], "additionalProperties": false},
            "dog": {"type": "object", "properties": {"kind": {"const": "dog"}}, "required": ["kind"],
                "additionalProperties": false},
        },
        "discriminator": {"propertyName": "kind"},
        "oneOf": [{"$ref": "#/$defs/cat"}, {"$ref": "#/$defs/dog"}],
    });
    assert!(fits(&tagged, r#"{"kind": "cat", "lives": 9}"#));
    assert!(!fits(&tagged, r#"{"kind": "dog", "lives": 9}"#));

    let both = json!({"allOf": [
        {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
        {"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"]},
    ]});
    assert!(fits(&both, r#"{"a": 1, "b": "x"}"#) && !fits(&both, r#"{"a": 1}"#));
    assert!(fits(&json!({}), "[1, {\"a\": null}]") && fits(&json!(true), "true"));
}

#[test]
fn a_form_without_choice_is_guessed_and_ends_by_itself() {
    // It spells a control token, which it must not become.
    let word = "<|im_end|> 日本";
    let mut constraint = constraint(json!({"const": word})).unwrap();
    let mut bytes = Vec::new();
    let mut stopped = false;
    while !stopped {
        let forced = constraint.forced();
        assert!(!forced.is_empty(), "there was a choice after {bytes:?}");
        for token in forced {
            assert!(!MODEL.vocabulary.ends.contains(&token));
            bytes.extend(MODEL.vocabulary.bytes(token));
            stopped = constraint.take(token).unwrap();
        }
    }
    assert_eq!(String::from_utf8(bytes).unwrap(), format!("\"{word}\""));
}

/// Writes anything that fits, until the reply is whole, at most so many tokens.
fn wander(schema: Value, most: usize) -> Result<(String, bool)> {
    let mut constraint = constraint(schema)?;
    let (mut bytes, mut random) = (Vec::new(), 1_u32);
    for _ in 0..most {
        let mut scores = vec![0.0; VOCABULARY];
        constraint.narrow(&mut scores)?;
        let allowed: Vec<u32> = (0..)
            .zip(scores)
            .filter(|(_, score)| *score == 0.0)
            .map(|(token, _)| token)
            .collect();
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let token = allowed[(random >> 8) as usize % allowed.len()];
        bytes.extend(MODEL.vocabulary.bytes(token));
        if constraint.take(token)? {
            return Ok((String::from_utf8(bytes).unwrap(), true));
        }
    }
    Ok((String::from_utf8_lossy(&bytes).into_owned(), false))
}

#[test]
fn chance_writes_json_that_fits() {
    let schema = json!({
        "type": "array", "minItems": 3, "maxItems": 3,
        "items": {"anyOf": [{"type": "integer", "minimum": -5, "maximum": 1000}, {"enum": ["é", "日本"]}, {"type": "boolean"}]},
    });
    let (text, whole) = wander(schema, 100).unwrap();
    assert!(whole, "{text}");
    let items: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(items.len(), 3);
    for item in items {
        let number = item
            .as_i64()
            .is_some_and(|number| (-5..=1_000).contains(&number));
        let word = item == "é" || item == "日本";
        assert!(number || word || item.is_boolean(), "{text}");
    }
}
