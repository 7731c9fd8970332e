//! `/auth/switch`: where a session works.

use axum::{
    extract::{FromRef, State},
    http::StatusCode,
};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::SessionState;
use crate::{
    access::{Actor, Authorized, permission::AccountManage},
    features::sessions::store,
    http::{Fault, Json, Origin},
    ports::{AuditCategory, AuditEvent},
};

/// Where to work.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// An organisation that one belongs to.
    #[garde(skip)]
    organisation: Uuid,
}

pub(super) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    SessionState: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(switch))
}

/// Work in another organisation that one belongs to, in this session.
#[utoipa::path(post, path = "/auth/switch", tag = "sessions", request_body = Switch, responses((status = 204), (status = 404), (status = 422)))]
async fn switch(
    State(state): State<SessionState>,
    caller: Authorized<AccountManage>,
    origin: Origin,
    Json(body): Json<Switch>,
) -> Result<StatusCode, Fault> {
    let Actor::User { id, session } = caller.caller().actor else {
        return Err(Fault::not_found("an API key works where it was made"));
    };
    let organisation = body.organisation;
    let foundation = &state.families.foundation;
    let transaction = foundation.database.begin().await?;
    let role = state
        .organisations
        .role_of(&transaction, organisation, id)
        .await?;
    if role.is_none() {
        let message = "is no organisation that you belong to; GET /organisations lists them";
        return Err(Fault::unprocessable("organisation", message));
    }
    store::switch(&transaction, session, organisation).await?;
    let event = AuditEvent::new(AuditCategory::Security, "session.switch")
        .by(caller.caller().actor, Some(organisation))
        .on("session", session)
        .from(&origin);
    foundation.audit.record(&transaction, event).await?;
    transaction.commit().await?;
    state.families.forget_callers();
    Ok(StatusCode::NO_CONTENT)
}
