//! Examples of schemas and parameters that their slices gave none.

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::openapi::{OpenApi, RefOr, Schema, path::Parameter};

use super::operations;

/// The examples, by name.
#[derive(Debug, Default, Deserialize)]
pub struct Examples {
    /// By the schema's name.
    pub schemas: Map<String, Value>,
    /// By the path and the parameter's name, or by its name alone.
    pub parameters: Map<String, Value>,
}

impl Examples {
    /// Reads the examples that are built into the program.
    ///
    /// # Errors
    /// When they are not what they should be, which a test excludes.
    pub fn read() -> serde_json::Result<Self> {
        serde_json::from_str(include_str!("examples.json"))
    }

    fn parameter(&self, path: &str, name: &str) -> Option<&Value> {
        let own = self.parameters.get(&format!("{path} {name}"));
        own.or_else(|| self.parameters.get(name))
    }
}

/// Adds them.
pub fn add(document: &mut OpenApi) {
    let examples = Examples::read().unwrap_or_default();
    let components = document.components.iter_mut();
    for (name, schema) in components.flat_map(|components| &mut components.schemas) {
        if let (RefOr::T(schema), Some(example)) = (schema, examples.schemas.get(name)) {
            show(schema, example);
        }
    }
    for (path, item) in &mut document.paths.paths {
        for (_, operation) in operations::of(item) {
            for parameter in operation.parameters.iter_mut().flatten() {
                if let RefOr::T(parameter) = parameter {
                    show_parameter(parameter, path, &examples);
                }
            }
        }
    }
}

fn show_parameter(parameter: &mut Parameter, path: &str, examples: &Examples) {
    let example = examples.parameter(path, &parameter.name);
    if let (Some(RefOr::T(schema)), Some(example)) = (&mut parameter.schema, example) {
        show(schema, example);
    }
}

/// Adds an example to a schema that has none.
fn show(schema: &mut Schema, example: &Value) {
    let (known, examples) = match schema {
        Schema::Object(schema) => (&schema.example, &mut schema.examples),
        Schema::Array(schema) => (&schema.example, &mut schema.examples),
        Schema::OneOf(schema) => (&schema.example, &mut schema.examples),
        Schema::AllOf(schema) => (&schema.example, &mut schema.examples),
        Schema::AnyOf(schema) => (&schema.example, &mut schema.examples),
        _ => return,
    };
    if known.is_none() && examples.is_empty() {
        examples.push(example.clone());
    }
}
