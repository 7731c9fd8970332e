//! `/auth/login`, `/auth/refresh` and `/auth/devices/confirm`: how sessions begin and go on.

use std::time::Duration;

use axum::{
    extract::{FromRef, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, Ref, RefOr, Schema, schema::AnyOfBuilder},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::SessionState;
use crate::{
    features::sessions::{Credentials, TokenPair, login::LoggedIn},
    http::{
        EmailAddress, Fault, Json, MailedToken, Origin,
        cookies::{REFRESH_COOKIE, SESSION_COOKIE, host_cookie, read_cookie, set_cookie},
    },
};

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

/// A device that is known now.
#[derive(Serialize, ToSchema)]
pub struct DeviceToken {
    /// To be sent with the next login.
    #[schema(example = "ldt_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    device_token: String,
}

pub(super) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    SessionState: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(refresh))
        .routes(routes!(confirm_device))
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
