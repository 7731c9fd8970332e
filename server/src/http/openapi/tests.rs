//! What must be true of the whole document, whichever slices it has.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::examples::Examples;

fn document() -> Value {
    serde_json::from_str(&crate::app::openapi_json().unwrap()).unwrap()
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

/// Path, method and operation of each.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = object(&document["paths"]).iter();
    paths
        .flat_map(|(path, item)| {
            let methods = object(item).iter();
            methods.map(|(method, operation)| (path.clone(), method.clone(), operation.clone()))
        })
        .collect()
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(&reference[1..]).expect(reference),
        None => value,
    }
}

#[test]
fn every_operation_is_named_sorted_and_shown() {
    let document = document();
    let tags = document["tags"].as_array().unwrap();
    let tags = tags.iter().map(|tag| tag["name"].as_str().unwrap());
    let tags = tags.collect::<HashSet<_>>();
    let mut names = HashSet::new();
    for (path, method, operation) in operations(&document) {
        let here = format!("{method} {path}");
        assert!(
            operation["summary"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{here}"
        );
        let tag = operation["tags"][0].as_str().expect(&here);
        assert!(
            tags.contains(tag),
            "{here}: the tag {tag} has no description"
        );
        let name = operation["operationId"].as_str().expect(&here).to_owned();
        assert!(
            names.insert(name),
            "{here}: its operationId is another's too"
        );
        let success = object(&operation["responses"]).iter();
        let mut success = success
            .filter(|(status, _)| status.starts_with('2') || status.as_str() == "101")
            .peekable();
        assert!(success.peek().is_some(), "{here}");
        for (status, response) in success {
            let content = response.get("content").map(object);
            assert!(
                status == "204"
                    || status == "101"
                    || content.is_some_and(|content| !content.is_empty()),
                "{here}: {status}"
            );
            for (kind, content) in content.into_iter().flatten() {
                let shown = content.get("schema").or(content.get("example"));
                assert!(shown.is_some(), "{here}: {kind}");
            }
        }
    }
    assert!(names.len() > 15);
}

#[test]
fn every_operation_has_the_errors_that_it_can_have() {
    let document = document();
    for (path, method, operation) in operations(&document) {
        let here = format!("{method} {path}");
        let responses = object(&operation["responses"]);
        let open = operation["security"] == serde_json::json!([{}]);
        let mut expected = vec!["400", "429", "500", "503", "default"];
        if !open {
            expected.extend(["401", "403"]);
        }
        if path.contains('{') {
            expected.push("404");
        }
        if operation.get("requestBody").is_some() {
            expected.extend(["413", "415"]);
        }
        for status in expected {
            assert!(responses.contains_key(status), "{here}: {status}");
        }
        let kind = if path.starts_with("/v1/") {
            "application/json"
        } else {
            "application/problem+json"
        };
        for (status, response) in responses {
            if !status.starts_with(['4', '5']) || (path == "/health/ready" && status == "503") {
                continue;
            }
            let response = resolved(&document, response);
            assert!(response["content"].get(kind).is_some(), "{here}: {status}");
            assert!(
                response["headers"].get("Api-Version").is_some(),
                "{here}: {status}"
            );
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(document: &Value, value: &Value) {
        resolved(document, value);
        match value {
            Value::Object(fields) => fields.values().for_each(|value| walk(document, value)),
            Value::Array(elements) => elements.iter().for_each(|value| walk(document, value)),
            _ => {}
        }
    }
    let document = document();
    walk(&document, &document);
}

/// Whether one sees what a value looks like: there is an example, only few values are possible, the format
/// has a well-known look, or all that it is made of is shown.
fn shown(schema: &Value) -> bool {
    let says = |name: &str| schema.get(name).is_some();
    let known = ["uuid", "date-time", "binary"].map(Value::from);
    if ["example", "examples", "enum", "default", "$ref"]
        .into_iter()
        .any(says)
        || schema["type"] == "boolean"
        || schema["type"] == "null"
        || known.contains(&schema["format"])
    {
        return true;
    }
    let parts = ["oneOf", "anyOf", "allOf"].into_iter();
    let mut parts = parts.filter_map(|name| schema.get(name).and_then(Value::as_array));
    let fields = schema.get("properties").map(object);
    parts.next().is_some_and(|parts| parts.iter().all(shown))
        || fields.is_some_and(|fields| fields.values().all(shown))
        || schema.get("items").is_some_and(shown)
}

#[test]
fn every_schema_and_parameter_has_an_example_or_needs_none() {
    let document = document();
    let mut unshown = Vec::new();
    for (name, schema) in object(&document["components"]["schemas"]) {
        if !shown(schema) {
            unshown.push(name);
        }
    }
    assert!(
        unshown.is_empty(),
        "schemas without an example: {unshown:?}"
    );
    for (path, method, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = resolved(&document, parameter);
            let here = format!("{method} {path}: {}", parameter["name"]);
            assert!(parameter["description"].is_string(), "{here}");
            assert!(shown(parameter) || shown(&parameter["schema"]), "{here}");
        }
    }
}

/// Examples have the fields that their schema wants, and no others.
#[test]
fn the_examples_fit_their_schemas() {
    let document = document();
    let examples = Examples::read().unwrap();
    let schemas = object(&document["components"]["schemas"]);
    for (name, example) in &examples.schemas {
        // Slices may leave out schemas or show them themselves.
        let Some(schema) = schemas.get(name) else {
            continue;
        };
        let (Some(fields), Some(example)) =
            (schema.get("properties").map(object), example.as_object())
        else {
            continue;
        };
        for required in schema["required"].as_array().into_iter().flatten() {
            let required = required.as_str().unwrap();
            assert!(example.contains_key(required), "{name} lacks {required}");
        }
        for field in example.keys() {
            assert!(fields.contains_key(field), "{name} has no {field}");
        }
    }
}

#[test]
fn both_credentials_are_described() {
    let document = document();
    let schemes = object(&document["components"]["securitySchemes"]);
    assert_eq!(schemes["bearer"]["scheme"], "bearer");
    assert_eq!(schemes["cookie"]["in"], "cookie");
    assert_eq!(document["security"].as_array().unwrap().len(), 2);
}
