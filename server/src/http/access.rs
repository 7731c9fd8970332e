//! Who may call: every route needs a credential, except those whose documentation says that they
//! need none.

use std::{collections::HashSet, sync::Arc};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use utoipa::openapi::OpenApi;

use super::{
    Fault,
    cookies::{SESSION_COOKIE, read_cookie},
    openapi::{by_method, is_secured},
    rate_limit::{self, RateLimiting},
};
use crate::{
    access::{Remembered, Scope},
    features::{sessions::Authenticator, usage::note_caller},
};

/// Pages that no operation of the document describes; a trailing slash includes what lies below.
const OPEN: &[&str] = &["/openapi.json", "/docs", "/docs/", "/auth/pages/"];

/// What the layer works with; clones share everything.
#[derive(Clone)]
pub struct AccessState {
    /// Finds callers.
    pub authenticator: Authenticator,
    /// Limits those who try credentials.
    pub limiting: RateLimiting,
}

/// Operations that need no credential.
#[derive(Debug)]
pub struct OpenRoutes(HashSet<(Method, String)>);

impl OpenRoutes {
    /// Those that the document describes so (`security(())`).
    pub fn of(document: &OpenApi) -> Self {
        let mut open = HashSet::new();
        for (path, item) in &document.paths.paths {
            for (method, operation) in by_method(item) {
                if !is_secured(operation) {
                    open.insert((method, path.clone()));
                }
            }
        }
        Self(open)
    }

    /// One route, for tests of other things.
    #[cfg(test)]
    pub fn only(path: &str) -> Self {
        Self(HashSet::from([(Method::GET, path.to_owned())]))
    }

    fn contains(&self, request: &Request) -> bool {
        let path = request.uri().path();
        let page = |open: &str| path == open || (open.ends_with('/') && path.starts_with(open));
        if OPEN.iter().any(|open| page(open)) {
            return true;
        }
        let method = match request.method() {
            &Method::HEAD => Method::GET,
            method => method.clone(),
        };
        let matched = request.extensions().get::<MatchedPath>();
        matched.is_some_and(|path| self.0.contains(&(method, path.as_str().to_owned())))
    }
}

/// The layer: finds the caller or refuses.
pub async fn authenticate(
    State((state, open)): State<(AccessState, Arc<OpenRoutes>)>,
    mut request: Request,
    next: Next,
) -> Response {
    if open.contains(&request) {
        return next.run(request).await;
    }
    match caller(&state, request.headers()).await {
        Ok(found) => {
            let caller = found.caller;
            note_caller(request.extensions(), caller);
            if request.uri().path().starts_with("/v1/") && !caller.may(Scope::EngineUse) {
                return engine_refused().into_response();
            }
            request.extensions_mut().insert(caller);
            request.extensions_mut().insert(found);
            next.run(request).await
        }
        Err(fault) => {
            let prefix = rate_limit::prefix(&request);
            let limited = rate_limit::anonymous(&state.limiting, prefix).await;
            refuse(limited.err().unwrap_or(fault))
        }
    }
}

async fn caller(state: &AccessState, headers: &HeaderMap) -> Result<Remembered, Fault> {
    let cookie = || read_cookie(headers, SESSION_COOKIE);
    let credential = match headers.get(header::AUTHORIZATION) {
        Some(_) => bearer(headers).map(str::to_owned),
        None => cookie(),
    };
    let credential = credential.ok_or_else(|| {
        unauthorized("send an API key or an access token as `Authorization: Bearer <key>`; the first key is in the data folder's admin.key")
    })?;
    let found = state.authenticator.caller(&credential).await?;
    let found = found.ok_or_else(|| {
        unauthorized("the API key or access token is unknown, revoked or too old")
    })?;
    let actor = found.caller.actor;
    tracing::Span::current().record("actor", tracing::field::display(actor.id()));
    Ok(found)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

fn unauthorized(message: &str) -> Fault {
    Fault::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message)
}

fn engine_refused() -> Fault {
    let message = "this needs the scope `engine:use`, which the role `member` has";
    Fault::new(StatusCode::FORBIDDEN, "scope_required", message)
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
