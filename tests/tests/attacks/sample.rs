//! Bodies that fit a schema of the `OpenAPI` document: its examples where it has some, else the
//! plainest values.

use serde_json::{Map, Value, json};

/// Schemas may refer to themselves.
const DEEPEST: usize = 8;

/// What a `$ref` points to; the value itself where it is none.
pub fn resolve<'document>(document: &'document Value, value: &'document Value) -> &'document Value {
    let mut value = value;
    for _ in 0..DEEPEST {
        let Some(reference) = value["$ref"].as_str() else {
            break;
        };
        let pointer = reference.trim_start_matches('#');
        value = document.pointer(pointer).unwrap_or(&Value::Null);
    }
    value
}

/// A body for a media type.
pub fn of_media(document: &Value, media: &Value) -> Value {
    if let Some(example) = media.get("example") {
        return shortened(example.clone());
    }
    let examples = media["examples"].as_object();
    let named = examples.and_then(|examples| examples.values().next());
    match named.map(|named| &resolve(document, named)["value"]) {
        Some(example) if !example.is_null() => shortened(example.clone()),
        _ => shortened(of(document, &media["schema"], 0)),
    }
}

/// The work that the body asks for, as little as can be: what is attacked is not the engine.
fn shortened(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        if fields.contains_key("messages") {
            fields.insert("max_tokens".to_owned(), json!(1));
            fields.remove("max_completion_tokens");
        }
        if fields.contains_key("stream") {
            fields.insert("stream".to_owned(), json!(false));
        }
    }
    body
}

/// The fields that an object of the schema may have.
pub fn fields(document: &Value, schema: &Value) -> Vec<String> {
    let schema = resolve(document, schema);
    let own = schema["properties"].as_object();
    let mut names: Vec<_> = own.into_iter().flat_map(Map::keys).cloned().collect();
    for part in ["allOf", "oneOf", "anyOf"] {
        for part in schema[part].as_array().into_iter().flatten() {
            names.extend(fields(document, part));
        }
    }
    names
}

/// Whether any text fits the schema.
pub fn is_text(document: &Value, schema: &Value) -> bool {
    let schema = resolve(document, schema);
    let text = kind(schema) == "string";
    let alternatives = ["oneOf", "anyOf"].iter().any(|name| {
        let alternatives = schema[*name].as_array().into_iter().flatten();
        alternatives
            .into_iter()
            .any(|schema| is_text(document, schema))
    });
    text || alternatives
}

/// JSON pointers to every text in the value.
pub fn texts(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::String(_) => return vec![String::new()],
        Value::Array(items) => (0..)
            .map(|index: usize| index.to_string())
            .zip(items)
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (escape(name), value))
            .collect(),
        _ => Vec::new(),
    };
    let below = children.into_iter().flat_map(|(name, child)| {
        let pointers = texts(child).into_iter();
        pointers.map(move |pointer| format!("/{name}{pointer}"))
    });
    below.collect()
}

/// As a JSON pointer writes a name (RFC 6901).
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The type, the first that is not null where there are several.
fn kind(schema: &Value) -> &str {
    let one = schema["type"].as_str();
    let several = schema["type"].as_array().into_iter().flatten();
    let several = several.filter_map(Value::as_str);
    let first = several.into_iter().find(|name| *name != "null");
    one.or(first).unwrap_or_default()
}

fn of(document: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolve(document, schema);
    let ready = [
        &schema["example"],
        &schema["examples"][0],
        &schema["const"],
        &schema["default"],
        &schema["enum"][0],
    ];
    if let Some(ready) = ready.into_iter().find(|value| !value.is_null()) {
        return ready.clone();
    }
    if depth > DEEPEST {
        return Value::Null;
    }
    match kind(schema) {
        "string" => text(schema),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(false),
        "array" => json!([of(document, &schema["items"], depth + 1)]),
        _ => object(document, schema, depth),
    }
}

fn object(document: &Value, schema: &Value, depth: usize) -> Value {
    for name in ["oneOf", "anyOf"] {
        let alternatives = schema[name].as_array().into_iter().flatten();
        let mut alternatives =
            alternatives.filter(|schema| kind(schema) != "null" && schema["type"] != "null");
        if let Some(first) = alternatives.next() {
            return of(document, first, depth + 1);
        }
    }
    let mut object = Map::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        object.insert(name.clone(), of(document, property, depth + 1));
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        if let Value::Object(fields) = of(document, part, depth + 1) {
            object.extend(fields);
        }
    }
    Value::Object(object)
}

fn text(schema: &Value) -> Value {
    let text = match schema["format"].as_str().unwrap_or_default() {
        "uuid" => "01890a5d-ac96-774b-bcce-b302099a8057",
        "email" => "somebody@example.com",
        "date-time" => "2030-01-01T00:00:00Z",
        "date" => "2030-01-01",
        "uri" | "url" => "https://example.com/",
        _ => "sample",
    };
    let shortest = schema["minLength"].as_u64().unwrap_or(0) as usize;
    json!(format!(
        "{text}{}",
        "x".repeat(shortest.saturating_sub(text.len()))
    ))
}

#[test]
fn samples_follow_references_and_examples() {
    let document =
        json!({"components": {"schemas": {"Name": {"type": ["string", "null"], "minLength": 8}}}});
    let schema = json!({"properties": {
        "name": {"$ref": "#/components/schemas/Name"}, "tags": {"type": "array", "items": {"type": "string"}},
        "kind": {"enum": ["a", "b"]}, "other": {"oneOf": [{"type": "null"}, {"type": "integer"}]},
    }});
    let sample = of(&document, &schema, 0);
    assert_eq!(
        sample,
        json!({"name": "samplexx", "tags": ["sample"], "kind": "a", "other": 1})
    );
    assert_eq!(texts(&sample), ["/name", "/tags/0", "/kind"]);
    assert_eq!(
        fields(&document, &schema),
        ["name", "tags", "kind", "other"]
    );
}
