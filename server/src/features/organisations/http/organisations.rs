//! `/organisations` and `/organisations/{id}`.

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
        Authorized,
        permission::{AccountManage, DocumentsRead, OrganisationManage},
    },
    features::organisations::{Membership, Organisation, OrganisationService},
    http::{Fault, Json, Line, Origin, Path},
};

/// An organisation's name.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationName {
    /// What people call it.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 200, example = "Analytical Engines")]
    name: Line,
}

/// Where an account belongs.
#[derive(Serialize, ToSchema)]
pub struct MembershipList {
    /// Oldest organisation first.
    data: Vec<Membership>,
}

pub(super) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    OrganisationService: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list, found))
        .routes(routes!(get, rename, remove))
}

/// List the organisations that one belongs to.
#[utoipa::path(get, path = "/organisations", tag = "organisations", responses((status = 200, body = MembershipList)))]
async fn list(
    State(organisations): State<OrganisationService>,
    caller: Authorized<AccountManage>,
) -> Result<axum::Json<MembershipList>, Fault> {
    let account = caller.caller().actor.id();
    let data = organisations.of_account(account).await?;
    Ok(axum::Json(MembershipList { data }))
}

/// Found an organisation; its founder owns it.
#[utoipa::path(post, path = "/organisations", tag = "organisations", request_body = OrganisationName,
    responses((status = 201, body = Membership)))]
async fn found(
    State(organisations): State<OrganisationService>,
    caller: Authorized<AccountManage>,
    origin: Origin,
    Json(body): Json<OrganisationName>,
) -> Result<(StatusCode, axum::Json<Membership>), Fault> {
    let founded = organisations
        .found(caller.caller(), &body.name, &origin)
        .await?;
    Ok((StatusCode::CREATED, axum::Json(founded)))
}

/// Get the organisation that one works in.
#[utoipa::path(get, path = "/organisations/{id}", tag = "organisations", params(("id" = Uuid, Path, description = "The organisation's id.")),
    responses((status = 200, body = Organisation)))]
async fn get(
    State(organisations): State<OrganisationService>,
    caller: Authorized<DocumentsRead>,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Organisation>, Fault> {
    Ok(axum::Json(organisations.get(caller.caller(), id).await?))
}

/// Rename the organisation that one works in.
#[utoipa::path(patch, path = "/organisations/{id}", tag = "organisations", params(("id" = Uuid, Path, description = "The organisation's id.")),
    request_body = OrganisationName, responses((status = 200, body = Organisation)))]
async fn rename(
    State(organisations): State<OrganisationService>,
    caller: Authorized<OrganisationManage>,
    origin: Origin,
    Path(id): Path<Uuid>,
    Json(body): Json<OrganisationName>,
) -> Result<axum::Json<Organisation>, Fault> {
    let renamed = organisations
        .rename(caller.caller(), id, &body.name, &origin)
        .await?;
    Ok(axum::Json(renamed))
}

/// Remove the organisation that one works in, with its keys and documents, for good.
#[utoipa::path(delete, path = "/organisations/{id}", tag = "organisations", params(("id" = Uuid, Path, description = "The organisation's id.")),
    responses((status = 204), (status = 409)))]
async fn remove(
    State(organisations): State<OrganisationService>,
    caller: Authorized<OrganisationManage>,
    origin: Origin,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Fault> {
    organisations.remove(caller.caller(), id, &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}
