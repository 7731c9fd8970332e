//! `/auth/.well-known/jwks.json`: what access tokens are checked with.

use axum::extract::{FromRef, State};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::SessionState;
use crate::features::sessions::tokens::KeySet;

pub(super) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    SessionState: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(key_set))
}

/// The public keys that access tokens are signed with (JWKS, RFC 7517).
#[utoipa::path(get, path = "/auth/.well-known/jwks.json", tag = "sessions", security(()),
    responses((status = 200, body = KeySet)))]
async fn key_set(State(state): State<SessionState>) -> axum::Json<KeySet> {
    axum::Json(state.tokens.key_set())
}
