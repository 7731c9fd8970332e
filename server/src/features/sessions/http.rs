//! Routes of sessions, below `/auth`.
//!
//! Programs get their tokens in the reply and send them as `Authorization: Bearer`. Browsers ask
//! for cookies instead (`"cookies": true`), which scripts cannot read.

use std::time::Duration;

use axum::{
    extract::{FromRef, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use garde::Validate;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, Ref, RefOr, Schema, schema::AnyOfBuilder},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    Credentials, Families, Login, Session, SignedTokens, TokenPair, login::LoggedIn, store,
    tokens::KeySet,
};
use crate::{
    access::{Actor, Authorized, Caller, permission::AccountManage},
    features::organisations::OrganisationService,
    http::{
        EmailAddress, Fault, Json, MailedToken, Origin, Path,
        cookies::{REFRESH_COOKIE, SESSION_COOKIE, host_cookie, read_cookie, removal, set_cookie},
    },
    ports::{AuditCategory, AuditEvent},
};

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

/// What to log in with.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// The account's address.
    #[garde(skip)]
    email: EmailAddress,
    /// Its password.
    #[garde(length(chars, max = 4096))]
    #[schema(max_length = 4096, example = "plum harbour quiet lantern")]
    password: String,
    /// The authenticator's code or a recovery code, where the account has a second factor.
    #[serde(default)]
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40, example = "287082")]
    code: Option<String>,
    /// The device token of an earlier login.
    #[serde(default)]
    #[garde(length(chars, max = 200))]
    #[schema(
        max_length = 200,
        example = "ldt_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )]
    device_token: Option<String>,
    /// Put the tokens into cookies instead of the reply: for browsers.
    #[serde(default)]
    #[garde(skip)]
    cookies: bool,
}

/// A session that began.
#[derive(Serialize, ToSchema)]
pub struct LoginReply {
    /// Its tokens; with cookies they are not in the reply.
    #[serde(flatten)]
    #[schema(value_type = TokensUnlessCookies)]
    tokens: Option<TokenPair>,
    /// Proves this device at later logins; only for devices that were not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ldt_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    device_token: Option<String>,
}

/// How the tokens of a reply look; with cookies there are none, which the derived schema of an optional part
/// does not say.
struct TokensUnlessCookies;

impl PartialSchema for TokensUnlessCookies {
    fn schema() -> RefOr<Schema> {
        let none = ObjectBuilder::new()
            .description(Some("With cookies: they hold the tokens."))
            .examples([serde_json::json!({})]);
        AnyOfBuilder::new()
            .item(Ref::from_schema_name(TokenPair::name()))
            .item(none)
            .into()
    }
}

impl ToSchema for TokensUnlessCookies {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((TokenPair::name().into_owned(), TokenPair::schema()));
    }
}

/// A refresh token, unless it is in a cookie.
#[derive(Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// The token of the last login or refresh; absent: the one in the cookie.
    #[serde(default)]
    #[garde(length(chars, max = 200))]
    #[schema(
        max_length = 200,
        example = "lrt_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )]
    refresh_token: Option<String>,
}

/// One's sessions.
#[derive(Serialize, ToSchema)]
pub struct SessionList {
    /// Latest first, those that live.
    data: Vec<Session>,
}

/// Where to work.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// An organisation that one belongs to.
    #[garde(skip)]
    organisation: Uuid,
}

/// A device that is known now.
#[derive(Serialize, ToSchema)]
pub struct DeviceToken {
    /// To be sent with the next login.
    #[schema(example = "ldt_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    device_token: String,
}

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    SessionState: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(refresh))
        .routes(routes!(logout))
        .routes(routes!(logout_all))
        .routes(routes!(list))
        .routes(routes!(end))
        .routes(routes!(switch))
        .routes(routes!(confirm_device))
        .routes(routes!(key_set))
}

/// Log in.
#[utoipa::path(post, path = "/auth/login", tag = "sessions", security(()), request_body = LoginRequest,
    responses((status = 200, body = LoginReply)))]
async fn login(
    State(state): State<SessionState>,
    origin: Origin,
    Json(body): Json<LoginRequest>,
) -> Result<Response, Fault> {
    let credentials = Credentials {
        email: body.email,
        password: body.password,
        code: body.code,
        device: body.device_token,
    };
    let LoggedIn { tokens, device } = state.login.login(credentials, &origin).await?;
    let mut headers = HeaderMap::new();
    let tokens = if body.cookies {
        put_cookies(&mut headers, &tokens)?;
        None
    } else {
        Some(tokens)
    };
    let reply = LoginReply {
        tokens,
        device_token: device,
    };
    Ok((headers, axum::Json(reply)).into_response())
}

/// Exchange a refresh token for the next pair of tokens.
///
/// A token works once. If its reply was lost it can be sent again within ten seconds; later the session is ended,
/// because somebody else may have the token.
#[utoipa::path(post, path = "/auth/refresh", tag = "sessions", security(()), request_body = RefreshRequest,
    responses((status = 200, body = LoginReply), (status = 422)))]
async fn refresh(
    State(state): State<SessionState>,
    origin: Origin,
    headers: HeaderMap,
    Json(body): Json<RefreshRequest>,
) -> Result<Response, Fault> {
    let cookie = read_cookie(&headers, REFRESH_COOKIE);
    let by_cookie = body.refresh_token.is_none();
    let token = body.refresh_token.or(cookie).ok_or_else(|| {
        Fault::unprocessable(
            "refresh_token",
            "is missing, and there is no cookie with one",
        )
    })?;
    let pair = state.login.refresh().refresh(&token, &origin).await?;
    let mut headers = HeaderMap::new();
    let tokens = if by_cookie {
        put_cookies(&mut headers, &pair)?;
        None
    } else {
        Some(pair)
    };
    let reply = LoginReply {
        tokens,
        device_token: None,
    };
    Ok((headers, axum::Json(reply)).into_response())
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

/// Prove a new device by the token that was mailed.
#[utoipa::path(post, path = "/auth/devices/confirm", tag = "sessions", security(()), request_body = MailedToken,
    responses((status = 200, body = DeviceToken), (status = 422)))]
async fn confirm_device(
    State(state): State<SessionState>,
    origin: Origin,
    Json(body): Json<MailedToken>,
) -> Result<axum::Json<DeviceToken>, Fault> {
    let device_token = state.login.devices().confirm(&body.token, &origin).await?;
    Ok(axum::Json(DeviceToken { device_token }))
}

/// The public keys that access tokens are signed with (JWKS, RFC 7517).
#[utoipa::path(get, path = "/auth/.well-known/jwks.json", tag = "sessions", security(()),
    responses((status = 200, body = KeySet)))]
async fn key_set(State(state): State<SessionState>) -> axum::Json<KeySet> {
    axum::Json(state.tokens.key_set())
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

fn put_cookies(headers: &mut HeaderMap, tokens: &TokenPair) -> Result<(), Fault> {
    let lifetime = |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let access = host_cookie(
        SESSION_COOKIE,
        tokens.access_token.clone(),
        lifetime(tokens.expires_in),
    );
    let refresh = host_cookie(
        REFRESH_COOKIE,
        tokens.refresh_token.clone(),
        lifetime(tokens.refresh_expires_in),
    );
    set_cookie(headers, &access).map_err(Fault::internal)?;
    set_cookie(headers, &refresh).map_err(Fault::internal)
}

/// A reply that makes browsers forget their cookies.
fn forgotten() -> Result<Response, Fault> {
    let mut headers = HeaderMap::new();
    for name in [SESSION_COOKIE, REFRESH_COOKIE] {
        set_cookie(&mut headers, &removal(name)).map_err(Fault::internal)?;
    }
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}
