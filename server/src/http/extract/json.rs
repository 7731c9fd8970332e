//! A JSON body as a typed value.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::StatusCode,
};
use garde::Validate;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    integral::make_integers,
    misfit::Misfit,
    shape::check_shape,
    survey::{read_value, survey},
    validate::{broken_rules, validated},
};
use crate::http::{BodyLimit, Fault, media_type::is_json, version::Translation};

/// A JSON body that passed its validation rules.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        if !is_json(request.headers()) {
            let message = "send the body as JSON with `Content-Type: application/json`";
            return Err(Fault::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                message,
            ));
        }
        let limit = request.extensions().get::<BodyLimit>().copied();
        let translation = request.extensions().get::<Translation>().cloned();
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|error| unread(&error, limit))?;
        read_json(&body, &translation.unwrap_or_default()).map(Self)
    }
}

/// Reads and validates a body; the fault names every value that does not fit.
fn read_json<T>(body: &[u8], translation: &Translation) -> Result<T, Fault>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    check_object(body)?;
    check_shape(body).map_err(malformed)?;
    if !translation.is_empty() {
        let mut value = serde_json::from_slice::<Value>(body).map_err(|error| not_json(&error))?;
        translation.request(&mut value)?;
        return match read_value(&value) {
            Ok(fitting) => validated(fitting),
            Err(misfit) => read_again(value, misfit, true),
        };
    }
    match parse_typed(body) {
        Ok(value) => validated(value),
        Err(misfit) => match serde_json::from_slice(body) {
            Ok(value) => read_again(value, misfit, body.len() <= MOST_SURVEYED),
            Err(_) => Err(misfit.into()),
        },
    }
}

/// Reads a value that did not fit, with `2.0` as 2; if it still does not, the fault names the first
/// misfit, or all of them.
fn read_again<T>(mut value: Value, first: Misfit, all: bool) -> Result<T, Fault>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let mut misfit = first;
    if make_integers(&mut value) {
        match read_value(&value) {
            Ok(fitting) => return validated(fitting),
            Err(next) => misfit = next,
        }
    }
    Err(if all {
        every_fault::<T>(value, misfit)
    } else {
        misfit.into()
    })
}

/// Largest body in which more than the first misfit is looked for: each takes a few more readings.
const MOST_SURVEYED: usize = 64 << 10;

/// What else does not fit, and which rules the rest breaks.
fn every_fault<T>(value: Value, first: Misfit) -> Fault
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let surveyed = survey::<T>(value, first);
    let mut fields = surveyed
        .misfits
        .iter()
        .map(Misfit::to_field_error)
        .collect::<Vec<_>>();
    let broken = surveyed.rest.as_ref().map(broken_rules);
    for error in broken.unwrap_or_default() {
        // What stands in the place of a misfit is ours, so its faults are nobody's.
        let ours = fields
            .iter()
            .any(|known| within(&error.field, &known.field));
        if !ours {
            fields.push(error);
        }
    }
    Fault::invalid_fields(fields)
}

/// Whether a path is the other one or lies below it.
fn within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn parse_typed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Misfit> {
    let reader = &mut serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(reader).map_err(|error| Misfit::of(&error))
}

/// Parses JSON without rules of validation; the fault names the first value that does not fit.
#[cfg(test)]
pub fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    check_object(body)?;
    check_shape(body).map_err(malformed)?;
    parse_typed(body).map_err(Fault::from)
}

fn check_object(body: &[u8]) -> Result<(), Fault> {
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
    Ok(())
}

fn not_json(error: &serde_json::Error) -> Fault {
    malformed(format!("the body is not JSON: {error}"))
}

fn malformed(message: impl Into<String>) -> Fault {
    Fault::new(StatusCode::BAD_REQUEST, "malformed_body", message)
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

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its parsing matters")]
    struct Order {
        #[garde(length(min = 1))]
        name: String,
        #[garde(range(max = 9))]
        count: u8,
        #[garde(skip)]
        kind: Kind,
        #[garde(dive)]
        items: Vec<Item>,
        #[garde(skip)]
        note: Option<String>,
    }

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Item {
        #[garde(length(max = 3))]
        label: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Small,
        Large,
    }

    fn faulty(body: &str) -> Vec<String> {
        let fault = read_json::<Order>(body.as_bytes(), &Translation::default()).unwrap_err();
        fault.fields.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn every_misfit_and_every_broken_rule_is_named() {
        let mut found = faulty(
            r#"{"name":"","count":-1,"kind":"medium","items":[{"label":7},{"label":"long label"},{}],"note":1,"more":true}"#,
        );
        found.sort();
        let expected = [
            "count",
            "items[0].label",
            "items[1].label",
            "items[2].label",
            "kind",
            "more",
            "name",
            "note",
        ];
        assert_eq!(found, expected);
        assert_eq!(faulty("{}"), ["name", "count", "kind", "items"]);
        let fits = br#"{"name":"a","count":1,"kind":"small","items":[{"label":"b"}]}"#;
        read_json::<Order>(fits, &Translation::default()).unwrap();
        let large = br#"{"name":"a","count":1,"kind":"large","items":[]}"#;
        read_json::<Order>(large, &Translation::default()).unwrap();
    }

    #[test]
    fn an_integer_may_be_written_as_a_fraction() {
        let body = br#"{"name":"a","count":2.0,"kind":"small","items":[]}"#;
        let order = read_json::<Order>(body, &Translation::default()).unwrap();
        assert_eq!(order.count, 2);
        let misfits = faulty(r#"{"name":"a","count":2.5,"kind":"small","items":[]}"#);
        assert_eq!(misfits, ["count"]);
    }

    #[test]
    fn a_body_too_large_to_survey_names_its_first_misfit() {
        let body = format!(
            r#"{{"count":"x","kind":1,"note":"{}"}}"#,
            "a".repeat(MOST_SURVEYED)
        );
        assert_eq!(faulty(&body), ["count"]);
    }

    #[test]
    fn only_what_lies_below_a_path_is_within_it() {
        assert!(within("a.b", "a") && within("a[0]", "a") && within("a", "a"));
        assert!(!within("ab", "a") && !within("a", "a.b"));
    }
}
