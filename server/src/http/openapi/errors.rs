//! The error replies of every route: the render layer writes them, so no handler names them.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use utoipa::openapi::{
    Components, OpenApi, Ref, RefOr, Response, content::ContentBuilder, path::Operation,
};

use super::operations;

/// What a status means here, and the code of an example.
const STATUSES: [(u16, &str, &str); 14] = [
    (
        400,
        "A value of the request is unusable; every such value is listed.",
        "invalid_value",
    ),
    (
        401,
        "The credential is missing, unknown, expired or revoked.",
        "invalid_api_key",
    ),
    (
        403,
        "The caller may not do this, or not from this address.",
        "scope_required",
    ),
    (
        404,
        "There is no such thing, or it belongs to others.",
        "not_found",
    ),
    (409, "It contradicts something that exists.", "conflict"),
    (
        412,
        "It was changed since the caller read it.",
        "precondition_failed",
    ),
    (
        413,
        "The body is larger than the limit.",
        "request_too_large",
    ),
    (
        415,
        "The body is of a kind that this route does not take.",
        "unsupported_media_type",
    ),
    (
        422,
        "Every value is well formed, but one of them cannot be used here and now; it is named.",
        "unusable_value",
    ),
    (
        426,
        "The route is a WebSocket, and the request asks for none.",
        "upgrade_required",
    ),
    (
        429,
        "Too many requests, or a full queue; `Retry-After` tells when to come back.",
        "rate_limited",
    ),
    (
        500,
        "The server failed; its log has the cause under the reply's `x-request-id`.",
        "internal_error",
    ),
    (
        503,
        "Something that the server needs is away for now.",
        "unavailable",
    ),
    (
        507,
        "The server's disk is full; nothing was stored.",
        "storage_full",
    ),
];

/// How errors look on a path.
#[derive(Clone, Copy)]
struct Form {
    schema: &'static str,
    kind: &'static str,
}

const OPENAI: Form = Form {
    schema: "OpenAiError",
    kind: "application/json",
};
const PROBLEM: Form = Form {
    schema: "Problem",
    kind: "application/problem+json",
};

/// Documents them: each status once for all routes, and which of them a route can have.
pub fn describe(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    for form in [OPENAI, PROBLEM] {
        for (status, description, code) in STATUSES {
            let response = form.response(description, Some(form.example(status, code)));
            let name = form.name(&status.to_string());
            components.responses.insert(name, response.into());
        }
        let other = form.response("What went wrong and what to do about it.", None);
        components
            .responses
            .insert(form.name("Other"), other.into());
    }
    for (path, item) in &mut document.paths.paths {
        let form = if path.starts_with("/v1/") {
            OPENAI
        } else {
            PROBLEM
        };
        for (method, operation) in operations::of(item) {
            fill(operation, form);
            for status in possible(path, &method, operation) {
                form.refer(operation, &status.to_string(), &status.to_string());
            }
            form.refer(operation, "default", "Other");
        }
    }
}

/// The statuses that layers and extractors can give on such a route; others its slice names.
fn possible(path: &str, method: &Method, operation: &Operation) -> Vec<u16> {
    let secured = operations::is_secured(operation);
    let reads = *method == Method::GET || *method == Method::HEAD;
    let body = operation.request_body.is_some();
    let named = path.contains('{');
    let conditions = [
        (400, true),
        (401, secured),
        (403, secured || !reads),
        (404, named),
        (413, body),
        (415, body),
        (429, true),
        (500, true),
        (503, true),
    ];
    let possible = conditions.into_iter().filter(|(_, possible)| *possible);
    possible.map(|(status, _)| status).collect()
}

/// Gives the error statuses that a slice named without a body their common one; what the slice says
/// about them stays.
fn fill(operation: &mut Operation, form: Form) {
    for (status, response) in &mut operation.responses.responses {
        let known = STATUSES
            .iter()
            .find(|(known, _, _)| known.to_string() == *status);
        let (Some((number, _, code)), RefOr::T(named)) = (known, &mut *response) else {
            continue;
        };
        if !named.content.is_empty() {
            continue;
        }
        if named.description.is_empty() {
            *response = Ref::from_response_name(form.name(status)).into();
        } else {
            let example = Some(form.example(*number, code));
            named.content = form.response("", example).content;
        }
    }
}

impl Form {
    fn name(self, status: &str) -> String {
        format!("{}{status}", self.schema)
    }

    fn refer(self, operation: &mut Operation, status: &str, name: &str) {
        let responses = &mut operation.responses.responses;
        responses
            .entry(status.to_owned())
            .or_insert_with(|| Ref::from_response_name(self.name(name)).into());
    }

    fn response(self, description: &str, example: Option<Value>) -> Response {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(self.schema)))
            .example(example)
            .build();
        let mut response = Response::new(description);
        response
            .content
            .insert(self.kind.to_owned(), content.into());
        response
    }

    fn example(self, status: u16, code: &str) -> Value {
        let title = StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Error");
        let detail = "what happened, and what to do about it";
        if self.schema == OPENAI.schema {
            return json!({"error": {"message": detail, "type": class(status), "param": null, "code": code}});
        }
        let mut problem = json!({
            "type": format!("urn:locutor:problem:{}", code.replace('_', "-")),
            "title": title,
            "status": status,
            "detail": detail,
            "code": code,
        });
        let error = |field: &str, pointer: &str, message: &str| json!([{"in": "body", "field": field, "pointer": pointer, "message": message}]);
        match status {
            400 => problem["errors"] = error("tags[0]", "#/tags/0", "length is lower than 1"),
            422 => problem["errors"] = error("token", "#/token", "is too old; ask for another one"),
            _ => {}
        }
        problem
    }
}

fn class(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}
