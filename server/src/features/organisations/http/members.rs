//! `/organisations/{id}/members`, `/organisations/{id}/invitations`, `/auth/invitations/accept`.

use axum::{
    extract::{FromRef, State},
    http::StatusCode,
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    access::{
        Authorized, Role,
        permission::{AccountManage, MembersManage},
    },
    features::{
        accounts::AccountService,
        organisations::{Invitation, MemberPage, Membership, OrganisationService},
    },
    http::{EmailAddress, Fault, Json, MailedToken, Origin, Page, Path, Query, RateLimiting},
};

/// The invitations that wait.
#[derive(Serialize, ToSchema)]
pub struct InvitationList {
    /// Oldest first.
    data: Vec<Invitation>,
}

/// What a member may do.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberRole {
    /// The role.
    #[garde(skip)]
    role: Role,
}

/// Whom to invite.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// Where the invitation is mailed to.
    #[garde(skip)]
    email: EmailAddress,
    /// What they will be.
    #[garde(skip)]
    role: Role,
}

pub(super) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    OrganisationService: FromRef<S>,
    AccountService: FromRef<S>,
    RateLimiting: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(members))
        .routes(routes!(set_role, take_out))
        .routes(routes!(leave))
        .routes(routes!(invitations, invite))
        .routes(routes!(withdraw))
        .routes(routes!(accept))
}

/// List the members.
#[utoipa::path(get, path = "/organisations/{id}/members", tag = "organisations", params(("id" = Uuid, Path, description = "The organisation's id."), Page),
    responses((status = 200, body = MemberPage)))]
async fn members(
    State(organisations): State<OrganisationService>,
    caller: Authorized<MembersManage>,
    Path(id): Path<Uuid>,
    Query(page): Query<Page>,
) -> Result<axum::Json<MemberPage>, Fault> {
    let page = organisations.members(caller.caller(), id, &page).await?;
    Ok(axum::Json(page))
}

/// Change what a member may do.
#[utoipa::path(patch, path = "/organisations/{id}/members/{account}", tag = "organisations",
    params(("id" = Uuid, Path, description = "The organisation's id."), ("account" = Uuid, Path, description = "The member's account.")),
    request_body = MemberRole, responses((status = 204), (status = 409)))]
async fn set_role(
    State(organisations): State<OrganisationService>,
    caller: Authorized<MembersManage>,
    origin: Origin,
    Path((id, account)): Path<(Uuid, Uuid)>,
    Json(body): Json<MemberRole>,
) -> Result<StatusCode, Fault> {
    organisations
        .set_role(caller.caller(), id, account, body.role, &origin)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a member out.
#[utoipa::path(delete, path = "/organisations/{id}/members/{account}", tag = "organisations",
    params(("id" = Uuid, Path, description = "The organisation's id."), ("account" = Uuid, Path, description = "The member's account.")),
    responses((status = 204), (status = 409)))]
async fn take_out(
    State(organisations): State<OrganisationService>,
    caller: Authorized<MembersManage>,
    origin: Origin,
    Path((id, account)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, Fault> {
    organisations
        .take_out(caller.caller(), id, account, &origin)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Leave an organisation that one belongs to.
#[utoipa::path(post, path = "/organisations/{id}/leave", tag = "organisations", params(("id" = Uuid, Path, description = "The organisation's id.")),
    responses((status = 204), (status = 404), (status = 409)))]
async fn leave(
    State(organisations): State<OrganisationService>,
    caller: Authorized<AccountManage>,
    origin: Origin,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Fault> {
    organisations.leave(caller.caller(), id, &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the invitations that wait.
#[utoipa::path(get, path = "/organisations/{id}/invitations", tag = "organisations", params(("id" = Uuid, Path, description = "The organisation's id.")),
    responses((status = 200, body = InvitationList)))]
async fn invitations(
    State(organisations): State<OrganisationService>,
    caller: Authorized<MembersManage>,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<InvitationList>, Fault> {
    let data = organisations.invitations(caller.caller(), id).await?;
    Ok(axum::Json(InvitationList { data }))
}

/// Invite somebody by mail.
#[utoipa::path(post, path = "/organisations/{id}/invitations", tag = "organisations", params(("id" = Uuid, Path, description = "The organisation's id.")),
    request_body = NewInvitation, responses((status = 201, body = Invitation)))]
async fn invite(
    State(organisations): State<OrganisationService>,
    State(accounts): State<AccountService>,
    State(limiting): State<RateLimiting>,
    caller: Authorized<MembersManage>,
    origin: Origin,
    Path(id): Path<Uuid>,
    Json(body): Json<NewInvitation>,
) -> Result<(StatusCode, axum::Json<Invitation>), Fault> {
    limiting.invitation_to(&body.email.canonical()).await?;
    let inviter = accounts.name_of(caller.caller()).await?;
    let inviter = inviter.unwrap_or_else(|| "An administrator".to_owned());
    let guest = (inviter.as_str(), body.email, body.role);
    let invitation = organisations
        .invite(caller.caller(), id, guest, &origin)
        .await?;
    Ok((StatusCode::CREATED, axum::Json(invitation)))
}

/// Take an invitation back.
#[utoipa::path(delete, path = "/organisations/{id}/invitations/{invitation}", tag = "organisations",
    params(("id" = Uuid, Path, description = "The organisation's id."), ("invitation" = Uuid, Path, description = "The invitation's id.")),
    responses((status = 204)))]
async fn withdraw(
    State(organisations): State<OrganisationService>,
    caller: Authorized<MembersManage>,
    origin: Origin,
    Path((id, invitation)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, Fault> {
    organisations
        .withdraw(caller.caller(), id, invitation, &origin)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Accept an invitation that was mailed to one's own address.
#[utoipa::path(post, path = "/auth/invitations/accept", tag = "organisations", request_body = MailedToken,
    responses((status = 200, body = Membership), (status = 422)))]
async fn accept(
    State(organisations): State<OrganisationService>,
    State(accounts): State<AccountService>,
    caller: Authorized<AccountManage>,
    origin: Origin,
    Json(body): Json<MailedToken>,
) -> Result<axum::Json<Membership>, Fault> {
    let caller = caller.caller();
    let email_key = accounts.email_key(caller).await?;
    let joined = organisations
        .accept(caller, (&body.token, &email_key), &origin)
        .await?;
    Ok(axum::Json(joined))
}
