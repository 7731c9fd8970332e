//! `/auth/second-factor`.

use axum::{
    extract::{FromRef, State},
    http::StatusCode,
};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::me::PasswordAgain;
use crate::{
    access::{Authorized, permission::AccountManage},
    features::accounts::{AccountService, Confirmation, second_factor::Enrolment},
    http::{Fault, Json, Origin},
};

/// A code from the authenticator.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Six digits.
    #[garde(length(chars, min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40, example = "287082")]
    code: String,
}

/// Password and code, for what lowers the protection.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordAndCode {
    /// The account's password.
    #[garde(length(chars, max = 4096))]
    #[schema(max_length = 4096, example = "plum harbour quiet lantern")]
    password: String,
    /// A code from the authenticator, or a recovery code.
    #[garde(length(chars, min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40, example = "287082")]
    code: String,
}

pub(super) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    AccountService: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(enrol, remove))
        .routes(routes!(confirm))
        .routes(routes!(renew))
}

/// Make a secret for an authenticator. Logins need it once a code of it was confirmed.
#[utoipa::path(post, path = "/auth/second-factor", tag = "accounts", request_body = PasswordAgain,
    responses((status = 200, body = Enrolment), (status = 409)))]
async fn enrol(
    State(accounts): State<AccountService>,
    caller: Authorized<AccountManage>,
    origin: Origin,
    Json(body): Json<PasswordAgain>,
) -> Result<axum::Json<Enrolment>, Fault> {
    let enrolment = accounts.enrol(caller.caller(), &body.password, &origin);
    let enrolment = enrolment.await?;
    Ok(axum::Json(enrolment))
}

/// Confirm the authenticator by a code; the reply holds the recovery codes.
#[utoipa::path(post, path = "/auth/second-factor/confirm", tag = "accounts", request_body = Code,
    responses((status = 200, body = Confirmation), (status = 409), (status = 422)))]
async fn confirm(
    State(accounts): State<AccountService>,
    caller: Authorized<AccountManage>,
    origin: Origin,
    Json(body): Json<Code>,
) -> Result<axum::Json<Confirmation>, Fault> {
    let confirmation = accounts
        .confirm(caller.caller(), &body.code, &origin)
        .await?;
    Ok(axum::Json(confirmation))
}

/// Make new recovery codes; the old ones no longer work.
#[utoipa::path(post, path = "/auth/second-factor/recovery-codes", tag = "accounts", request_body = Code,
    responses((status = 200, body = Confirmation), (status = 409), (status = 422)))]
async fn renew(
    State(accounts): State<AccountService>,
    caller: Authorized<AccountManage>,
    origin: Origin,
    Json(body): Json<Code>,
) -> Result<axum::Json<Confirmation>, Fault> {
    let confirmation = accounts
        .renew_recovery_codes(caller.caller(), &body.code, &origin)
        .await?;
    Ok(axum::Json(confirmation))
}

/// Remove the second factor.
#[utoipa::path(delete, path = "/auth/second-factor", tag = "accounts", request_body = PasswordAndCode,
    responses((status = 204), (status = 422)))]
async fn remove(
    State(accounts): State<AccountService>,
    caller: Authorized<AccountManage>,
    origin: Origin,
    Json(body): Json<PasswordAndCode>,
) -> Result<StatusCode, Fault> {
    accounts
        .remove_second_factor(caller.caller(), &body.password, &body.code, &origin)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
