//! Request parts as typed values; what does not fit becomes a [`Fault`] that says where and why.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{StatusCode, header, request::Parts},
};
use garde::Validate;
use serde::de::DeserializeOwned;

use super::{BodyLimit, Fault, FieldError};

/// A JSON body that passed its validation rules.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// A query string that passed its validation rules.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// Parameters of the path.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        if !is_json(&request) {
            let message = "send the body as JSON with `Content-Type: application/json`";
            return Err(Fault::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                message,
            ));
        }
        let limit = request.extensions().get::<BodyLimit>().copied();
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|error| unread(&error, limit))?;
        let value = parse_json(&body)?;
        validated(value).map(Self)
    }
}

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state)
            .await
            .map_err(|error| Fault::invalid("query", error.body_text()))?;
        validated(query.0).map(Self)
    }
}

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map(|path| Self(path.0))
            .map_err(|error| Fault::invalid("path", error.body_text()))
    }
}

/// Parses JSON; the fault names the path of the value that does not fit.
pub fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    if body.is_empty() {
        return Err(malformed("the body is empty; send a JSON object"));
    }
    if let Err(error) = std::str::from_utf8(body) {
        let position = error.valid_up_to();
        return Err(malformed(format!(
            "the body is not UTF-8: byte {position} is invalid"
        )));
    }
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(malformed("the body is not a JSON object"));
    }
    let reader = &mut serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut *reader).map_err(|error| misfit(&error))?;
    reader
        .end()
        .map_err(|error| malformed(format!("the body is not JSON: {error}")))?;
    Ok(value)
}

fn misfit(error: &serde_path_to_error::Error<serde_json::Error>) -> Fault {
    let message = error.inner().to_string();
    if error.inner().classify() != serde_json::error::Category::Data {
        return malformed(format!("the body is not JSON: {message}"));
    }
    let path = error.path().to_string();
    // serde names a field that is missing only in its message.
    let missing = message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next());
    match (path.as_str(), missing) {
        (".", None) => Fault::new(StatusCode::BAD_REQUEST, "invalid_value", message),
        (".", Some(field)) => Fault::invalid(field, "is missing"),
        (path, Some(field)) => Fault::invalid(format!("{path}.{field}"), "is missing"),
        (path, None) => Fault::invalid(path, message),
    }
}

fn malformed(message: impl Into<String>) -> Fault {
    Fault::new(StatusCode::BAD_REQUEST, "malformed_body", message)
}

/// Applies a value's validation rules.
pub fn validated<T: Validate<Context = ()>>(value: T) -> Result<T, Fault> {
    let Err(report) = value.validate() else {
        return Ok(value);
    };
    let fields = report.iter().map(|(path, error)| FieldError {
        field: path.to_string(),
        message: error.message().to_owned(),
    });
    Err(Fault::invalid_fields(fields.collect()))
}

fn is_json(request: &Request) -> bool {
    request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| {
            let kind = kind.trim().to_ascii_lowercase();
            kind == "application/json" || kind.ends_with("+json")
        })
}

fn unread(error: &BytesRejection, limit: Option<BodyLimit>) -> Fault {
    match (error.status(), limit) {
        (StatusCode::PAYLOAD_TOO_LARGE, Some(limit)) => {
            Fault::too_large(limit.bytes, limit.setting)
        }
        (StatusCode::PAYLOAD_TOO_LARGE, None) => Fault::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "request_too_large",
            "the request body is larger than this route allows",
        ),
        _ => malformed(format!("the body could not be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[expect(dead_code, reason = "only its parsing matters")]
        inner: Vec<u8>,
    }

    #[test]
    fn each_kind_of_bad_json_is_told_apart() {
        let message = |body: &[u8]| parse_json::<Outer>(body).unwrap_err();
        assert!(message(b"").message.contains("empty"));
        assert!(message(b"\xff{}").message.contains("byte 0"));
        assert!(message(b"{").message.contains("not JSON"));
        assert!(message(b"{\"inner\":[]} x").message.contains("not JSON"));
        assert_eq!(
            message(b"{\"inner\":[1,\"a\"]}").fields[0].field,
            "inner[1]"
        );
        assert_eq!(message(b"{}").fields[0].field, "inner");
        assert!(message(b"[1, 2]").message.contains("JSON object"));
        assert!(message(&b"[".repeat(100_000)).message.contains("JSON"));
    }
}
