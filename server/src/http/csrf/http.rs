//! `GET /auth/csrf`: the token for clients that want, or need, to send one.

use axum::{
    extract::{FromRef, State},
    http::{HeaderMap, StatusCode},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{CsrfTokens, source::session_cookie};
use crate::http::Fault;

/// The token of a session cookie.
#[derive(Debug, Serialize, ToSchema)]
pub struct CsrfToken {
    /// Value for the header `X-CSRF-Token`.
    #[schema(example = "Q2FuJ3QgZ3Vlc3MgdGhpcyB3aXRob3V0IHRoZSBrZXk")]
    token: String,
}

/// The route.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    CsrfTokens: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(token))
}

/// Get the token that goes with the session cookie.
///
/// It is needed only where the server is configured so, and only for changes with a cookie. It
/// changes whenever the cookie does. Other sites' pages cannot read it.
#[utoipa::path(get, path = "/auth/csrf", tag = "sessions", responses((status = 200, body = CsrfToken), (status = 422)))]
async fn token(
    State(tokens): State<CsrfTokens>,
    headers: HeaderMap,
) -> Result<axum::Json<CsrfToken>, Fault> {
    let cookie = session_cookie(&headers).ok_or_else(|| {
        let message = "there is no session cookie; requests with a bearer token need no CSRF token";
        Fault::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "no_session_cookie",
            message,
        )
    })?;
    let token = tokens.token(&cookie);
    Ok(axum::Json(CsrfToken { token }))
}
