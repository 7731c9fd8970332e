//! Section `[csrf]`: protection of browsers that carry a session cookie.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Protection of browsers that carry a session cookie.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CsrfSettings {
    /// Origins besides the server's own whose pages may use the cookie, e.g. `https://app.example.com`.
    /// Behind a proxy that changes `Host`, the public origin belongs here.
    pub origins: Vec<String>,
    /// Whether changes need the token of `GET /auth/csrf` in the header `X-CSRF-Token` too.
    pub require_token: bool,
    /// Beginnings of paths where that token is not needed, e.g. `/auth/logout`.
    pub exempt: Vec<String>,
}
