//! The query string as a typed value.

use axum::{extract::FromRequestParts, http::request::Parts};
use garde::Validate;
use serde::de::DeserializeOwned;

use super::{
    misfit::{Cause, Misfit, Step},
    validate::broken_rules,
};
use crate::http::{Fault, FieldError, Place};

/// Most parameters that do not fit and are named.
const MOST: usize = 20;

/// A query string that passed its validation rules.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Fault> {
        read_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn read_query<T>(query: &str) -> Result<T, Fault>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let mut faults = Vec::new();
    let rest = read_rest::<T>(query, &mut faults);
    let broken = rest.as_ref().map(broken_rules);
    faults.extend(broken.unwrap_or_default());
    match rest {
        Some(value) if faults.is_empty() => Ok(value),
        _ => Err(Fault::invalid_fields(faults).about(Place::Query)),
    }
}

/// Reads what fits. Each parameter that does not is noted and left out, until the rest can be read.
fn read_rest<T: DeserializeOwned>(query: &str, faults: &mut Vec<FieldError>) -> Option<T> {
    let mut query = query.to_owned();
    while faults.len() < MOST {
        let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
        let misfit = match serde_path_to_error::deserialize::<_, T>(reader) {
            Ok(value) => return Some(value),
            Err(error) => Misfit::of(&error),
        };
        let error = named(&misfit);
        if faults.iter().any(|known| known.field == error.field) {
            return None;
        }
        query = without(&query, &error.field);
        faults.push(error);
        if misfit.cause == Cause::Missing {
            return None;
        }
    }
    None
}

fn named(misfit: &Misfit) -> FieldError {
    let mut error = misfit.to_field_error();
    // serde names a parameter that is repeated only in its message.
    if let Some((_, rest)) = error.message.split_once("duplicate field `") {
        let name = rest.split('`').next().unwrap_or_default().to_owned();
        return FieldError {
            field: name,
            message: "is given twice; give it once".to_owned(),
        };
    }
    if let Some(Step::Field(name)) = misfit.path.first() {
        error.field.clone_from(name);
    }
    error
}

fn without(query: &str, name: &str) -> String {
    let rest = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known != name);
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(rest)
        .finish()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use uuid::Uuid;

    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Page {
        #[garde(range(min = 1))]
        limit: Option<u64>,
        #[garde(skip)]
        after: Option<Uuid>,
        #[serde(default)]
        #[garde(length(max = 3))]
        name: String,
    }

    fn faulty(query: &str) -> Vec<String> {
        let fault = read_query::<Page>(query).unwrap_err();
        assert_eq!(fault.place, Place::Query);
        fault.fields.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn every_parameter_that_does_not_fit_is_named() {
        let page = read_query::<Page>("limit=2&name=a%20b").unwrap();
        assert_eq!((page.limit, page.name.as_str()), (Some(2), "a b"));
        assert!(read_query::<Page>("").unwrap().after.is_none());
        assert_eq!(faulty("limit=x"), ["limit"]);
        assert_eq!(faulty("limit=0"), ["limit"]);
        assert_eq!(faulty("limit=1&limit=2"), ["limit"]);
        assert_eq!(
            faulty("after=1&more=2&limit=-3&name=long"),
            ["after", "more", "limit", "name"]
        );
    }
}
