//! Who may call: every route needs a credential, except those whose documentation says that they
//! need none.

use std::{collections::HashMap, sync::Arc};

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
    path_rule::covers,
    rate_limit::{self, RateLimiting},
};
use crate::{
    access::{ClientSecret, Remembered},
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
pub struct OpenRoutes(HashMap<String, Vec<Method>>);

impl OpenRoutes {
    /// Those that the document describes so (`security(())`).
    pub fn of(document: &OpenApi) -> Self {
        let mut open: HashMap<String, Vec<Method>> = HashMap::new();
        for (path, item) in &document.paths.paths {
            for (method, operation) in by_method(item) {
                if !is_secured(operation) {
                    open.entry(path.clone()).or_default().push(method);
                }
            }
        }
        Self(open)
    }

    /// One route, for tests of other things.
    #[cfg(test)]
    pub fn only(path: &str) -> Self {
        Self(HashMap::from([(path.to_owned(), vec![Method::GET])]))
    }

    fn contains(&self, request: &Request) -> bool {
        let path = request.uri().path();
        if OPEN.iter().any(|open| covers(open, path)) {
            return true;
        }
        let method = match request.method() {
            &Method::HEAD => &Method::GET,
            method => method,
        };
        let matched = request.extensions().get::<MatchedPath>();
        let open = matched.and_then(|path| self.0.get(path.as_str()));
        open.is_some_and(|methods| methods.contains(method))
    }
}

/// The layer: finds the caller or refuses.
pub async fn authenticate(
    State(state): State<Arc<(AccessState, OpenRoutes)>>,
    mut request: Request,
    next: Next,
) -> Response {
    let (state, open) = state.as_ref();
    if open.contains(&request) {
        return next.run(request).await;
    }
    let path = request.extensions().get::<MatchedPath>().cloned();
    match caller(state, request.headers(), path).await {
        Ok((found, secret)) => {
            if let Some(secret) = secret {
                request.extensions_mut().insert(secret);
            }
            let caller = found.caller;
            note_caller(request.extensions(), caller);
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

async fn caller(
    state: &AccessState,
    headers: &HeaderMap,
    path: Option<MatchedPath>,
) -> Result<(Remembered, Option<ClientSecret>), Fault> {
    let cookie = || read_cookie(headers, SESSION_COOKIE);
    let text = match headers.get(header::AUTHORIZATION) {
        Some(_) => bearer(headers).map(str::to_owned),
        None => subprotocol(headers).map(str::to_owned).or_else(cookie),
    };
    let text = text.ok_or_else(|| {
        unauthorized("send an API key or an access token as `Authorization: Bearer <key>`; the first key is in the data folder's admin.key")
    })?;
    let credential = state
        .authenticator
        .credential(&text, path.as_ref().map(MatchedPath::as_str))
        .map_err(|_| unauthorized("the client secret is for something else, or too old"))?;
    let found = state.authenticator.caller(&credential).await?;
    let found = found.ok_or_else(|| {
        unauthorized("the API key or access token is unknown, revoked or too old")
    })?;
    let actor = found.caller.actor;
    tracing::Span::current().record("actor", tracing::field::display(actor.id()));
    Ok((found, credential.secret))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Browsers cannot send headers with a WebSocket; OpenAI's client names its key among the subprotocols.
fn subprotocol(headers: &HeaderMap) -> Option<&str> {
    const MARK: &str = "openai-insecure-api-key.";
    let asked = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let asked = asked.iter().filter_map(|value| value.to_str().ok());
    let mut protocols = asked.flat_map(|value| value.split(','));
    protocols.find_map(|protocol| protocol.trim().strip_prefix(MARK))
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
