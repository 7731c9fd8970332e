//! Routes of organisations: `/organisations`.

mod members;
mod organisations;

use axum::extract::FromRef;
use utoipa_axum::router::OpenApiRouter;

use super::OrganisationService;
use crate::{features::accounts::AccountService, http::RateLimiting};

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    OrganisationService: FromRef<S>,
    AccountService: FromRef<S>,
    RateLimiting: FromRef<S>,
{
    OpenApiRouter::new()
        .merge(organisations::routes())
        .merge(members::routes())
}
