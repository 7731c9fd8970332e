//! Routes of API keys, for administrators: `/admin/keys`.

use axum::{
    Extension,
    extract::{FromRef, State},
    http::StatusCode,
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{CreatedKey, Key, KeyService, Role};
use crate::http::{Caller, Fault, Json, Path};

/// A key to create.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What it is for.
    #[garde(length(chars, min = 1, max = 200))]
    name: String,
    /// Whether it may manage other keys.
    #[serde(default)]
    #[garde(skip)]
    admin: bool,
}

/// All keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyList {
    /// Oldest first.
    data: Vec<Key>,
}

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    KeyService: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(revoke))
}

/// Create a key. Its text is shown only in this reply.
#[utoipa::path(post, path = "/admin/keys", tag = "keys", request_body = NewKey,
    responses((status = 201, body = CreatedKey)))]
async fn create(
    State(keys): State<KeyService>,
    Extension(caller): Extension<Caller>,
    Json(new): Json<NewKey>,
) -> Result<(StatusCode, axum::Json<CreatedKey>), Fault> {
    caller.require_admin()?;
    let role = if new.admin { Role::Admin } else { Role::Client };
    let created = keys.create(new.name, role).await?;
    Ok((StatusCode::CREATED, axum::Json(created)))
}

/// List all keys, without their secrets.
#[utoipa::path(get, path = "/admin/keys", tag = "keys", responses((status = 200, body = KeyList)))]
async fn list(
    State(keys): State<KeyService>,
    Extension(caller): Extension<Caller>,
) -> Result<axum::Json<KeyList>, Fault> {
    caller.require_admin()?;
    let data = keys.list().await?;
    Ok(axum::Json(KeyList { data }))
}

/// Make a key useless, at once and for good.
#[utoipa::path(delete, path = "/admin/keys/{id}", tag = "keys", params(("id" = String, Path, description = "The key's id.")),
    responses((status = 200, body = Key)))]
async fn revoke(
    State(keys): State<KeyService>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Key>, Fault> {
    caller.require_admin()?;
    let revoked = keys.revoke(id).await?;
    let key =
        revoked.ok_or_else(|| Fault::not_found(format!("there is no key with the id {id}")))?;
    Ok(axum::Json(key))
}
