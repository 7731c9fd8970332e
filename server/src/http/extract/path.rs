//! Parameters of the path as typed values.

use axum::{
    extract::{FromRequestParts, RawPathParams, path::ErrorKind, rejection::PathRejection},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use crate::http::{Fault, Place};

/// Parameters of the path.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(path) => Ok(Self(path.0)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => {
                let (name, message) = explained(error.kind());
                let name = match name {
                    Some(name) => name,
                    None => only_parameter(parts, state).await,
                };
                Err(Fault::invalid_in(Place::Path, name, message))
            }
            Err(error) => Err(Fault::internal(error)),
        }
    }
}

/// The parameter, if the error names it, and what is wrong.
fn explained(kind: &ErrorKind) -> (Option<String>, String) {
    match kind {
        ErrorKind::ParseErrorAtKey {
            key,
            value,
            expected_type,
        } => (
            Some(key.clone()),
            format!("is `{value}`; it must be {expected_type}"),
        ),
        ErrorKind::DeserializeError { key, message, .. } => (Some(key.clone()), message.clone()),
        ErrorKind::InvalidUtf8InPathParam { key } => (Some(key.clone()), "is not UTF-8".to_owned()),
        other => (None, other.to_string()),
    }
}

/// A route with one parameter takes it as a plain value, and then the error does not name it.
async fn only_parameter<S: Send + Sync>(parts: &mut Parts, state: &S) -> String {
    let parameters = RawPathParams::from_request_parts(parts, state).await;
    let names = parameters.iter().flatten().map(|(name, _)| name);
    names.last().unwrap_or("path").to_owned()
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::{Body, to_bytes},
        http::{Request, StatusCode},
        middleware::from_fn,
        routing::get,
    };
    use serde_json::Value;
    use tower::ServiceExt;
    use uuid::Uuid;

    use super::*;
    use crate::http::render::render;

    async fn ask(path: &str) -> (StatusCode, Value) {
        let routes = Router::new()
            .route("/one/{id}", get(async |_: Path<Uuid>| "in"))
            .route(
                "/two/{owner}/{count}",
                get(async |_: Path<(Uuid, u8)>| "in"),
            )
            .layer(from_fn(render));
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = routes.oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    #[tokio::test]
    async fn the_parameter_that_does_not_fit_is_named() {
        let id = Uuid::nil();
        assert_eq!(ask(&format!("/one/{id}")).await.0, StatusCode::OK);
        assert_eq!(ask(&format!("/two/{id}/7")).await.0, StatusCode::OK);
        for (path, name) in [
            ("/one/x".to_owned(), "id"),
            ("/one/%ff".to_owned(), "id"),
            ("/two/x/7".to_owned(), "owner"),
            (format!("/two/{id}/700"), "count"),
        ] {
            let (status, body) = ask(&path).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
            let error = &body["errors"][0];
            assert_eq!(
                (&error["in"], &error["field"]),
                (&"path".into(), &name.into()),
                "{body}"
            );
            assert!(error.get("pointer").is_none());
        }
    }
}
