//! Writes faults as the clients of a route expect them.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Fault, FieldError, Place, pointer::pointer};

/// An error of the routes below `/v1`, as OpenAI's clients expect it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenAiError {
    /// The error.
    pub error: OpenAiErrorBody,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenAiErrorBody {
    /// What happened and what to do about it.
    pub message: String,
    /// Class of the error, e.g. `invalid_request_error`.
    pub r#type: &'static str,
    /// The offending parameter.
    pub param: Option<String>,
    /// Stable name of the cause, e.g. `model_not_found`.
    pub code: &'static str,
}

/// An error of the application's routes: RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Identifies the cause.
    pub r#type: String,
    /// The HTTP status in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do about it.
    pub detail: String,
    /// Stable name of the cause, e.g. `not_found`.
    pub code: &'static str,
    /// Every unusable value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemValue>,
}

/// One unusable value of a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemValue {
    /// The part of the request that it belongs to.
    pub r#in: Place,
    /// Its name, or its path in the body, e.g. `messages[0].role`.
    pub field: String,
    /// The same path as a JSON pointer, e.g. `#/messages/0/role`; only for values of a body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// What is wrong with it and what would be right.
    pub message: String,
}

impl ProblemValue {
    fn new(error: FieldError, place: Place) -> Self {
        Self {
            r#in: place,
            pointer: (place == Place::Body).then(|| pointer(&error.field)),
            field: error.field,
            message: error.message,
        }
    }
}

/// The layer: replaces the body of a failed reply and keeps its headers.
pub async fn render(request: Request, next: Next) -> Response {
    let openai = request.uri().path().starts_with("/v1/");
    let mut response = next.run(request).await;
    let Some(fault) = response
        .extensions_mut()
        .remove::<Fault>()
        .or_else(|| foreign(&response))
    else {
        return response;
    };
    let (kind, body) = if openai {
        (
            "application/json",
            serde_json::to_vec(&openai_error(&fault)),
        )
    } else {
        (
            "application/problem+json",
            serde_json::to_vec(&problem(fault)),
        )
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.remove(header::CONTENT_LENGTH);
    // Writing texts and numbers as JSON cannot fail.
    *response.body_mut() = Body::from(body.unwrap_or_default());
    response
}

/// The fault as OpenAI's clients expect it.
pub fn openai_error(fault: &Fault) -> OpenAiError {
    let class = match fault.status {
        StatusCode::UNAUTHORIZED => "authentication_error",
        StatusCode::FORBIDDEN => "permission_error",
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        status if status.is_server_error() => "server_error",
        _ => "invalid_request_error",
    };
    OpenAiError {
        error: OpenAiErrorBody {
            message: fault.message.clone(),
            r#type: class,
            param: fault.fields.first().map(|error| error.field.clone()),
            code: fault.code,
        },
    }
}

fn problem(fault: Fault) -> Problem {
    Problem {
        r#type: format!("urn:locutor:problem:{}", fault.code.replace('_', "-")),
        title: fault.status.canonical_reason().unwrap_or("Error"),
        status: fault.status.as_u16(),
        detail: fault.message,
        code: fault.code,
        errors: fault
            .fields
            .into_iter()
            .map(|error| ProblemValue::new(error, fault.place))
            .collect(),
    }
}

/// A failure that a library wrote as plain text, such as 404 for an unknown path.
fn foreign(response: &Response) -> Option<Fault> {
    let status = response.status();
    let json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().ends_with(b"json"));
    if json || !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    Some(match status {
        StatusCode::NOT_FOUND => Fault::not_found("there is no such route; see /docs"),
        StatusCode::METHOD_NOT_ALLOWED => Fault::new(
            status,
            "method_not_allowed",
            "the route exists, but not with this method; see /docs",
        ),
        other => Fault::new(other, "request_failed", other.to_string()),
    })
}
