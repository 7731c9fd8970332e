//! Routes of accounts, below `/auth`.

mod me;
mod password;
mod registration;
mod second_factor;

use axum::extract::FromRef;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use super::AccountService;
use crate::http::RateLimiting;

/// A request that was taken; what comes of it arrives by mail.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// Always `accepted`.
    #[schema(example = "accepted")]
    status: &'static str,
    /// What happens next.
    #[schema(example = "if the address waits for its proof, another token is on its way")]
    message: &'static str,
}

impl Accepted {
    fn new(message: &'static str) -> Self {
        Self {
            status: "accepted",
            message,
        }
    }
}

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    AccountService: FromRef<S>,
    RateLimiting: FromRef<S>,
{
    OpenApiRouter::new()
        .merge(registration::routes())
        .merge(password::routes())
        .merge(me::routes())
        .merge(second_factor::routes())
}
