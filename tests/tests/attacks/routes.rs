//! What the `OpenAPI` document says there is to attack.

use anyhow::{Context, Result};
use locutor_tests::Server;
use serde_json::Value;

use crate::{client::Client, sample};

/// Methods that change something.
const WRITES: [&str; 4] = ["POST", "PUT", "PATCH", "DELETE"];

/// One operation of the document.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Method in capitals.
    pub method: String,
    /// Path with its parameters in braces.
    pub path: String,
    /// Names of the parameters in the path.
    pub names: Vec<String>,
    /// Names of the query parameters that are text.
    pub query: Vec<String>,
    /// A JSON body that should be accepted; none where the operation takes no JSON.
    pub body: Option<Value>,
    /// Names of the fields that the body may have at its top.
    pub fields: Vec<String>,
    /// Whether it needs a credential.
    pub secured: bool,
}

impl Operation {
    /// Whether it changes something.
    pub fn writes(&self) -> bool {
        WRITES.contains(&self.method.as_str())
    }

    /// The path with each parameter replaced.
    pub fn path_with(&self, value: impl Fn(&str) -> String) -> String {
        let path = self.names.iter().fold(self.path.clone(), |path, name| {
            path.replace(&format!("{{{name}}}"), &value(name))
        });
        path.replace("{*", "{").replace(['{', '}'], "")
    }

    /// Whether it ends what the attacker works with, or holds the connection open: it is attacked by
    /// kinds of its own.
    pub fn ends_the_session(&self) -> bool {
        const ENDS: [&str; 4] = ["/logout", "/logout-all", "/password/change", "/stream"];
        ENDS.iter().any(|end| self.path.ends_with(end))
            || (self.method == "DELETE" && self.path == "/auth/me")
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.method, self.path)
    }
}

/// Every operation of the document.
///
/// # Errors
/// When there is no document, or it describes nothing.
pub fn all(server: &Server) -> Result<Vec<Operation>> {
    let document = Client::new(server)
        .get("/openapi.json")?
        .expect(200)?
        .json()?;
    let paths = document["paths"].as_object().context("no paths")?;
    let mut operations = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().context("no methods")? {
            let shared = &methods["parameters"];
            if operation["responses"].is_object() {
                operations.push(read(&document, path, method, operation, shared));
            }
        }
    }
    Ok(operations)
}

fn read(
    document: &Value,
    path: &str,
    method: &str,
    operation: &Value,
    shared: &Value,
) -> Operation {
    let own = operation["parameters"].as_array().into_iter().flatten();
    let parameters = own.chain(shared.as_array().into_iter().flatten());
    let parameters: Vec<_> = parameters
        .map(|parameter| sample::resolve(document, parameter))
        .collect();
    let name = |parameter: &&Value| parameter["name"].as_str().map(ToOwned::to_owned);
    let of = |location: &'static str| {
        let parameters = parameters.iter().copied();
        parameters.filter(move |parameter| parameter["in"] == location)
    };
    let text = |parameter: &&Value| sample::is_text(document, &parameter["schema"]);
    let body = sample::resolve(document, &operation["requestBody"]);
    let media = &body["content"]["application/json"];
    let security = operation.get("security").unwrap_or(&document["security"]);
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        names: of("path")
            .filter_map(|parameter| name(&parameter))
            .collect(),
        query: of("query")
            .filter(text)
            .filter_map(|parameter| name(&parameter))
            .collect(),
        body: media.is_object().then(|| sample::of_media(document, media)),
        fields: sample::fields(document, &media["schema"]),
        secured: needs_credential(security),
    }
}

/// An empty requirement among the alternatives means that none is needed.
fn needs_credential(security: &Value) -> bool {
    let alternatives = security.as_array().map_or(&[][..], Vec::as_slice);
    let empty = |requirement: &Value| {
        requirement
            .as_object()
            .is_some_and(serde_json::Map::is_empty)
    };
    !alternatives.is_empty() && !alternatives.iter().any(empty)
}
