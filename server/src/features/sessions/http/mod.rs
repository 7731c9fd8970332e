//! Routes of sessions, below `/auth`.
//!
//! Programs get their tokens in the reply and send them as `Authorization: Bearer`. Browsers ask
//! for cookies instead (`"cookies": true`), which scripts cannot read.

mod begin;
mod end;
mod keys;
mod switch;

use axum::extract::FromRef;
use utoipa_axum::router::OpenApiRouter;

use super::{Families, Login, SignedTokens};
use crate::features::organisations::OrganisationService;

/// What these routes work with.
#[derive(Clone)]
pub struct SessionState {
    /// Begins and refreshes sessions.
    pub login: Login,
    /// Lists and ends them.
    pub families: Families,
    /// Signs.
    pub tokens: SignedTokens,
    /// Where sessions can work.
    pub organisations: OrganisationService,
}

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    SessionState: FromRef<S>,
{
    OpenApiRouter::new()
        .merge(begin::routes())
        .merge(end::routes())
        .merge(switch::routes())
        .merge(keys::routes())
}
