//! Who may call: every route needs an API key, except those listed in [`OPEN`].

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::Fault;
use crate::features::keys::{KeyService, Role};

/// Paths that need no key; a trailing slash includes what lies below.
const OPEN: &[&str] = &[
    "/health/live",
    "/health/ready",
    "/openapi.json",
    "/docs",
    "/docs/",
];

/// The caller of a request, known by a valid key.
#[derive(Debug, Clone)]
pub struct Caller {
    /// What the key may do.
    pub role: Role,
}

impl Caller {
    /// Refuses callers whose key is not an administrator's.
    pub fn require_admin(&self) -> Result<(), Fault> {
        if self.role == Role::Admin {
            return Ok(());
        }
        let message =
            "this needs an administrator's key; create one with `locutor keys create --admin`";
        Err(Fault::new(StatusCode::FORBIDDEN, "admin_required", message))
    }
}

/// The layer: finds the key's owner or refuses.
pub async fn authenticate(
    State(keys): State<KeyService>,
    mut request: Request,
    next: Next,
) -> Response {
    if is_open(request.uri().path()) {
        return next.run(request).await;
    }
    match caller(&keys, request.headers()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(fault) => refuse(fault),
    }
}

async fn caller(keys: &KeyService, headers: &HeaderMap) -> Result<Caller, Fault> {
    let key = bearer(headers).ok_or_else(|| {
        unauthorized("send your API key as `Authorization: Bearer <key>`; the first one is in the data folder's admin.key")
    })?;
    let found = keys.authenticate(key).await?;
    let key = found.ok_or_else(|| unauthorized("the API key is unknown or revoked"))?;
    tracing::Span::current().record("key", tracing::field::display(key.id));
    Ok(Caller { role: key.role })
}

fn is_open(path: &str) -> bool {
    OPEN.iter()
        .any(|open| path == *open || (open.ends_with('/') && path.starts_with(open)))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

fn unauthorized(message: &str) -> Fault {
    Fault::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message)
}

fn refuse(fault: Fault) -> Response {
    let challenge = fault.status == StatusCode::UNAUTHORIZED;
    let mut response = fault.into_response();
    if challenge {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
