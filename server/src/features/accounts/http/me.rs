//! `/auth/me`.

use axum::{
    extract::{FromRef, State},
    http::StatusCode,
};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    access::{Authorized, permission::AccountManage},
    features::accounts::{Account, AccountService, view::AccountExport},
    foundation::timestamp,
    http::{Fault, Json, Line, Origin},
};

/// What to change; what is absent stays.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// What to call the person.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(value_type = Option<String>, format = "line", min_length = 1, max_length = 200, example = "Ada King")]
    name: Option<Line>,
}

/// The password once more, for what cannot be undone.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordAgain {
    /// The account's password.
    #[garde(length(chars, max = 4096))]
    #[schema(max_length = 4096, example = "plum harbour quiet lantern")]
    pub(super) password: String,
}

pub(super) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    AccountService: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(get, patch, delete))
        .routes(routes!(export))
}

/// Get one's own account.
#[utoipa::path(get, path = "/auth/me", tag = "accounts", responses((status = 200, body = Account)))]
async fn get(
    State(accounts): State<AccountService>,
    caller: Authorized<AccountManage>,
) -> Result<axum::Json<Account>, Fault> {
    Ok(axum::Json(accounts.me(caller.caller()).await?))
}

/// Change one's own account.
#[utoipa::path(patch, path = "/auth/me", tag = "accounts", request_body = AccountChange,
    responses((status = 200, body = Account)))]
async fn patch(
    State(accounts): State<AccountService>,
    caller: Authorized<AccountManage>,
    origin: Origin,
    Json(change): Json<AccountChange>,
) -> Result<axum::Json<Account>, Fault> {
    let caller = caller.caller();
    let account = match change.name {
        Some(name) => accounts.rename(caller, &name, &origin).await?,
        None => accounts.me(caller).await?,
    };
    Ok(axum::Json(account))
}

/// Remove one's own account with its sessions and its personal organisation, for good.
#[utoipa::path(delete, path = "/auth/me", tag = "accounts", request_body = PasswordAgain, responses((status = 204), (status = 409)))]
async fn delete(
    State(accounts): State<AccountService>,
    caller: Authorized<AccountManage>,
    origin: Origin,
    Json(body): Json<PasswordAgain>,
) -> Result<StatusCode, Fault> {
    accounts
        .remove(caller.caller(), &body.password, &origin)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Get everything that is kept about one's own account.
#[utoipa::path(get, path = "/auth/me/export", tag = "accounts", responses((status = 200, body = AccountExport)))]
async fn export(
    State(accounts): State<AccountService>,
    caller: Authorized<AccountManage>,
) -> Result<axum::Json<AccountExport>, Fault> {
    let account = accounts.me(caller.caller()).await?;
    let sessions = accounts.families.list(account.id, None).await?;
    Ok(axum::Json(AccountExport {
        account,
        sessions,
        exported_at: timestamp(accounts.foundation.now()),
    }))
}
