//! `/auth/logout`, `/auth/logout-all` and `/auth/sessions`: one's sessions, and how they end.

use axum::{
    extract::{FromRef, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use sea_orm::DbErr;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::SessionState;
use crate::{
    access::{Actor, Authorized, Caller, permission::AccountManage},
    features::sessions::Session,
    http::{
        Fault, Origin, Path,
        cookies::{REFRESH_COOKIE, SESSION_COOKIE, removal, set_cookie},
    },
    ports::{AuditCategory, AuditEvent},
};

/// One's sessions.
#[derive(Serialize, ToSchema)]
pub struct SessionList {
    /// Latest first, those that live.
    data: Vec<Session>,
}

pub(super) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    SessionState: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(logout))
        .routes(routes!(logout_all))
        .routes(routes!(list))
        .routes(routes!(end))
}

/// End this session.
#[utoipa::path(post, path = "/auth/logout", tag = "sessions", responses((status = 204)))]
async fn logout(
    State(state): State<SessionState>,
    caller: Authorized<AccountManage>,
    origin: Origin,
) -> Result<Response, Fault> {
    if let Actor::User { session, .. } = caller.caller().actor {
        end_session(&state, caller.caller(), session, &origin).await?;
    }
    forgotten()
}

/// End all of one's sessions.
#[utoipa::path(post, path = "/auth/logout-all", tag = "sessions", responses((status = 204)))]
async fn logout_all(
    State(state): State<SessionState>,
    caller: Authorized<AccountManage>,
    origin: Origin,
) -> Result<Response, Fault> {
    let caller = caller.caller();
    let foundation = &state.families.foundation;
    let transaction = foundation.database.begin().await?;
    state
        .families
        .end_all(&transaction, caller.actor.id(), None, "logout")
        .await?;
    let event = AuditEvent::new(AuditCategory::Security, "session.end_all")
        .by(caller.actor, Some(caller.organisation))
        .from(&origin);
    foundation.audit.record(&transaction, event).await?;
    transaction.commit().await?;
    state.families.forget_callers();
    forgotten()
}

/// List one's sessions.
#[utoipa::path(get, path = "/auth/sessions", tag = "sessions", responses((status = 200, body = SessionList)))]
async fn list(
    State(state): State<SessionState>,
    caller: Authorized<AccountManage>,
) -> Result<axum::Json<SessionList>, Fault> {
    let Actor::User { id, session } = caller.caller().actor else {
        return Err(Fault::not_found("an API key has no sessions"));
    };
    let mut data = state.families.list(id, Some(session)).await?;
    let now = state.families.foundation.clock.now();
    data.retain(|session| session.ended_at.is_none() && session.expires_at > now);
    Ok(axum::Json(SessionList { data }))
}

/// End one of one's sessions.
#[utoipa::path(delete, path = "/auth/sessions/{id}", tag = "sessions", params(("id" = Uuid, Path, description = "The session's id.")),
    responses((status = 204)))]
async fn end(
    State(state): State<SessionState>,
    caller: Authorized<AccountManage>,
    origin: Origin,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Fault> {
    if !end_session(&state, caller.caller(), id, &origin).await? {
        return Err(Fault::not_found(format!(
            "you have no session with the id {id}"
        )));
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn end_session(
    state: &SessionState,
    caller: &Caller,
    session: Uuid,
    origin: &Origin,
) -> Result<bool, DbErr> {
    let foundation = &state.families.foundation;
    let transaction = foundation.database.begin().await?;
    let account = caller.actor.id();
    let ended = state
        .families
        .end(&transaction, account, session, "logout")
        .await?;
    if ended {
        let event = AuditEvent::new(AuditCategory::Security, "session.end")
            .by(caller.actor, Some(caller.organisation))
            .on("session", session)
            .from(origin);
        foundation.audit.record(&transaction, event).await?;
    }
    transaction.commit().await?;
    state.families.forget_callers();
    Ok(ended)
}

/// A reply that makes browsers forget their cookies.
fn forgotten() -> Result<Response, Fault> {
    let mut headers = HeaderMap::new();
    for name in [SESSION_COOKIE, REFRESH_COOKIE] {
        set_cookie(&mut headers, &removal(name)).map_err(Fault::internal)?;
    }
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}
