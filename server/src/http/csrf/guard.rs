//! The layer that refuses requests which another site's page may have sent.

use std::{collections::HashSet, sync::Arc};

use anyhow::Context;
use axum::{
    extract::{Request, State},
    http::{HeaderName, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tower::{Layer, ServiceExt};
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::{
    CsrfTokens,
    source::{comes_from, is_safe, is_silent, is_upgrade, session_cookie},
};
use crate::{
    config::CsrfSettings,
    http::{Fault, cors::check_origin},
};

const TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

/// What the layer goes by; clones share it.
#[derive(Clone)]
pub struct CsrfGuard {
    layer: CsrfLayer,
    rules: Arc<Rules>,
}

struct Rules {
    trusted: HashSet<String>,
    tokens: CsrfTokens,
    require_token: bool,
    exempt: Vec<String>,
}

impl CsrfGuard {
    /// As configured.
    ///
    /// # Errors
    /// When a trusted origin is none that a browser sends, or an exempt path does not begin with `/`.
    pub fn new(settings: &CsrfSettings, tokens: CsrfTokens) -> anyhow::Result<Self> {
        let mut layer = CsrfLayer::new();
        for origin in &settings.origins {
            check_origin(origin).context("csrf.origins")?;
            layer = layer.add_trusted_origin(origin).context("csrf.origins")?;
        }
        for path in &settings.exempt {
            anyhow::ensure!(
                path.starts_with('/'),
                "csrf.exempt: `{path}` is no path; write e.g. `/auth/logout`"
            );
        }
        let rules = Rules {
            trusted: settings.origins.iter().cloned().collect(),
            tokens,
            require_token: settings.require_token,
            exempt: settings.exempt.clone(),
        };
        Ok(Self {
            layer,
            rules: Arc::new(rules),
        })
    }
}

/// The layer.
pub async fn guard(State(guard): State<CsrfGuard>, request: Request, next: Next) -> Response {
    let Some(cookie) = session_cookie(request.headers()) else {
        return next.run(request).await;
    };
    if let Err(fault) = guard.rules.check(&request, &cookie) {
        return fault.into_response();
    }
    let response = match guard.layer.layer(next).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if response.extensions().get::<ProtectionError>().is_some() {
        return foreign().into_response();
    }
    response
}

impl Rules {
    fn check(&self, request: &Request, cookie: &str) -> Result<(), Fault> {
        if is_upgrade(request) && !comes_from(request, &self.trusted) {
            return Err(foreign());
        }
        if is_safe(request.method()) {
            return Ok(());
        }
        if is_silent(request.headers()) {
            return Err(silent());
        }
        let needs_token = self.require_token && !self.is_exempt(request.uri().path());
        if needs_token && !self.has_token(request, cookie) {
            return Err(tokenless());
        }
        Ok(())
    }

    /// Whole segments only: `/auth` covers `/auth/x`, not `/authors`.
    fn is_exempt(&self, path: &str) -> bool {
        self.exempt.iter().any(|prefix| {
            let rest = path.strip_prefix(prefix.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    fn has_token(&self, request: &Request, cookie: &str) -> bool {
        let token = request.headers().get(TOKEN);
        let token = token.and_then(|token| token.to_str().ok());
        token.is_some_and(|token| self.tokens.matches(token, cookie))
    }
}

fn foreign() -> Fault {
    let message = "a page of another origin sent this with the session cookie; send it from this \
                   server's own pages, with a bearer token, or add the origin to `csrf.origins`";
    Fault::new(StatusCode::FORBIDDEN, "cross_origin", message)
}

fn silent() -> Fault {
    let message = "changes with a session cookie must say where they come from (`Sec-Fetch-Site` or \
                   `Origin`, which browsers send by themselves); other programs send a bearer token";
    Fault::new(StatusCode::FORBIDDEN, "origin_unknown", message)
}

fn tokenless() -> Fault {
    let message = "changes with a session cookie need the header `X-CSRF-Token` here; get its value \
                   from GET /auth/csrf, and again whenever the session cookie changes";
    Fault::new(StatusCode::FORBIDDEN, "csrf_token_required", message)
}
