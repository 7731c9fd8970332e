//! `/auth/register`, `/auth/verify-email`.

use axum::{
    extract::{FromRef, State},
    http::StatusCode,
};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Accepted;
use crate::{
    features::accounts::{AccountService, NewAccount, VerifiedAccount},
    http::{EmailAddress, Fault, Json, Line, MailedToken, Origin, RateLimiting},
};

/// An account to make.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The person's address; a link to prove it is mailed there.
    #[garde(skip)]
    email: EmailAddress,
    /// At least 12 characters that are hard to guess, e.g. four or five words.
    #[garde(length(chars, max = 4096))]
    #[schema(
        min_length = 12,
        max_length = 4096,
        example = "plum harbour quiet lantern"
    )]
    password: String,
    /// What to call the person.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 200, example = "Ada Lovelace")]
    name: Line,
    /// The text of an invitation, where only those who have one may register.
    #[serde(default)]
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200, example = "AZ7Kq3Y4cQSb0r8m2TnV5w")]
    invitation: Option<String>,
}

/// An address.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// The address.
    #[garde(skip)]
    pub(super) email: EmailAddress,
}

pub(super) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    AccountService: FromRef<S>,
    RateLimiting: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(verify))
        .routes(routes!(resend))
}

/// Make an account.
///
/// The reply is the same whether or not the address has an account already; its owner is told by mail.
#[utoipa::path(post, path = "/auth/register", tag = "accounts", security(()), request_body = Registration,
    responses((status = 202, body = Accepted), (status = 422)))]
async fn register(
    State(accounts): State<AccountService>,
    origin: Origin,
    Json(new): Json<Registration>,
) -> Result<(StatusCode, axum::Json<Accepted>), Fault> {
    let new = NewAccount {
        email: new.email,
        password: new.password,
        name: new.name.into_string(),
        invitation: new.invitation,
    };
    accounts.register(new, &origin).await?;
    let message =
        "open the link that was mailed to this address, or send its token to /auth/verify-email";
    Ok((StatusCode::ACCEPTED, axum::Json(Accepted::new(message))))
}

/// Prove an address by the token that was mailed to it.
///
/// A failure says why: `token_expired`, `token_used` or `token_unknown`.
#[utoipa::path(post, path = "/auth/verify-email", tag = "accounts", security(()), request_body = MailedToken,
    responses((status = 200, body = VerifiedAccount), (status = 422)))]
async fn verify(
    State(accounts): State<AccountService>,
    origin: Origin,
    Json(body): Json<MailedToken>,
) -> Result<axum::Json<VerifiedAccount>, Fault> {
    Ok(axum::Json(accounts.verify(&body.token, &origin).await?))
}

/// Mail the token to prove an address once more.
#[utoipa::path(post, path = "/auth/verify-email/resend", tag = "accounts", security(()), request_body = Address,
    responses((status = 202, body = Accepted)))]
async fn resend(
    State(accounts): State<AccountService>,
    State(limiting): State<RateLimiting>,
    Json(body): Json<Address>,
) -> Result<(StatusCode, axum::Json<Accepted>), Fault> {
    limiting.recovery_of(&body.email.canonical()).await?;
    accounts.resend(&body.email).await?;
    let message = "if the address waits for its proof, another token is on its way";
    Ok((StatusCode::ACCEPTED, axum::Json(Accepted::new(message))))
}
