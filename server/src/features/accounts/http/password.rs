//! `/auth/password/forgot`, `/auth/password/reset`, `/auth/password/change`.

use axum::{
    extract::{FromRef, State},
    http::StatusCode,
};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Accepted, registration::Address};
use crate::{
    access::{Authorized, permission::AccountManage},
    features::accounts::AccountService,
    http::{Fault, Json, Origin, RateLimiting},
};

/// A new password, by a mailed token.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    /// As in the mail.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "AZ7Kq3Y4cQSb0r8m2TnV5w")]
    token: String,
    /// The new password.
    #[garde(length(chars, max = 4096))]
    #[schema(
        min_length = 12,
        max_length = 4096,
        example = "violet engine crossing meadow"
    )]
    password: String,
}

/// A new password, by the old one.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password until now.
    #[garde(length(chars, max = 4096))]
    #[schema(max_length = 4096, example = "plum harbour quiet lantern")]
    current: String,
    /// The new password.
    #[garde(length(chars, max = 4096))]
    #[schema(
        min_length = 12,
        max_length = 4096,
        example = "violet engine crossing meadow"
    )]
    new: String,
}

pub(super) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    AccountService: FromRef<S>,
    RateLimiting: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(forgot))
        .routes(routes!(reset))
        .routes(routes!(change))
}

/// Mail a token to set a new password.
///
/// The reply is the same whether or not the address has an account.
#[utoipa::path(post, path = "/auth/password/forgot", tag = "accounts", security(()), request_body = Address,
    responses((status = 202, body = Accepted)))]
async fn forgot(
    State(accounts): State<AccountService>,
    State(limiting): State<RateLimiting>,
    Json(body): Json<Address>,
) -> Result<(StatusCode, axum::Json<Accepted>), Fault> {
    limiting.recovery_of(&body.email.canonical()).await?;
    accounts.forgot(&body.email).await?;
    let message = "if the address has an account, a token to set a new password is on its way";
    Ok((StatusCode::ACCEPTED, axum::Json(Accepted::new(message))))
}

/// Set a new password by a mailed token; every session ends.
#[utoipa::path(post, path = "/auth/password/reset", tag = "accounts", security(()), request_body = PasswordReset,
    responses((status = 204), (status = 422)))]
async fn reset(
    State(accounts): State<AccountService>,
    origin: Origin,
    Json(body): Json<PasswordReset>,
) -> Result<StatusCode, Fault> {
    accounts.reset(&body.token, &body.password, &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set a new password; all other sessions end.
#[utoipa::path(post, path = "/auth/password/change", tag = "accounts", request_body = PasswordChange,
    responses((status = 204), (status = 422)))]
async fn change(
    State(accounts): State<AccountService>,
    caller: Authorized<AccountManage>,
    origin: Origin,
    Json(body): Json<PasswordChange>,
) -> Result<StatusCode, Fault> {
    accounts
        .change(caller.caller(), &body.current, &body.new, &origin)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
