//! Routes of API keys: `/auth/api-keys` for an organisation, `/admin/keys` for the whole server.

use axum::{
    extract::{FromRef, State},
    http::StatusCode,
};
use garde::Validate;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{CreatedKey, Key, KeyPage, KeyService, NewKey};
use crate::{
    access::{
        Authorized, Caller, Permission, Role, Scope, ScopeSet,
        permission::{InstanceManage, KeysManage},
    },
    http::{Fault, Json, Line, Origin, Page, Path, Query},
};

/// A key to create.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyToCreate {
    /// What it is for.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 200, example = "nightly transcripts")]
    name: Line,
    /// What it may do; absent: use the engine, read and write documents.
    #[serde(default)]
    #[garde(skip)]
    #[schema(value_type = Option<Vec<Scope>>, example = json!(["engine:use"]))]
    scopes: Option<ScopeSet>,
    /// When it ends by itself; absent: never.
    #[serde(default)]
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = DateTime, example = "2030-01-01T00:00:00Z")]
    expires_at: Option<Timestamp>,
    /// Most requests in a minute; 0 or absent: the server's own limit.
    #[serde(default)]
    #[garde(range(max = 1_000_000))]
    #[schema(maximum = 1_000_000, example = 600)]
    requests_per_minute: u32,
}

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    KeyService: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(get, revoke))
        .routes(routes!(create_any, list_all))
        .routes(routes!(revoke_any))
}

impl From<KeyToCreate> for NewKey {
    fn from(new: KeyToCreate) -> Self {
        Self {
            name: new.name.into_string(),
            scopes: new.scopes.unwrap_or(Role::Editor.scopes()),
            expires_at: new.expires_at,
            requests_per_minute: new.requests_per_minute,
        }
    }
}

/// Create a key in one's organisation. Its text is shown only in this reply.
#[utoipa::path(post, path = "/auth/api-keys", tag = "keys", request_body = KeyToCreate,
    responses((status = 201, body = CreatedKey), (status = 422)))]
async fn create(
    State(keys): State<KeyService>,
    caller: Authorized<KeysManage>,
    origin: Origin,
    Json(new): Json<KeyToCreate>,
) -> Result<(StatusCode, axum::Json<CreatedKey>), Fault> {
    create_key(&keys, &caller, new, &origin).await
}

/// List the keys of one's organisation, without their secrets.
#[utoipa::path(get, path = "/auth/api-keys", tag = "keys", params(Page), responses((status = 200, body = KeyPage)))]
async fn list(
    State(keys): State<KeyService>,
    caller: Authorized<KeysManage>,
    Query(page): Query<Page>,
) -> Result<axum::Json<KeyPage>, Fault> {
    let organisation = caller.caller().organisation;
    Ok(axum::Json(keys.list(Some(organisation), &page).await?))
}

/// Get a key of one's organisation, without its secret.
#[utoipa::path(get, path = "/auth/api-keys/{id}", tag = "keys", params(("id" = Uuid, Path, description = "The key's id.")),
    responses((status = 200, body = Key)))]
async fn get(
    State(keys): State<KeyService>,
    caller: Authorized<KeysManage>,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Key>, Fault> {
    let found = keys.find(id, Some(caller.caller().organisation)).await?;
    found.map(axum::Json).ok_or_else(|| missing(id))
}

/// Make a key of one's organisation useless for good.
///
/// Here at once, in other processes that share the database within five seconds.
#[utoipa::path(delete, path = "/auth/api-keys/{id}", tag = "keys", params(("id" = Uuid, Path, description = "The key's id.")),
    responses((status = 200, body = Key)))]
async fn revoke(
    State(keys): State<KeyService>,
    caller: Authorized<KeysManage>,
    origin: Origin,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Key>, Fault> {
    let organisation = Some(caller.caller().organisation);
    revoke_key(&keys, id, organisation, (caller.caller(), &origin)).await
}

/// Create a key, as `/auth/api-keys` does. Its text is shown only in this reply.
#[utoipa::path(post, path = "/admin/keys", tag = "keys", request_body = KeyToCreate,
    responses((status = 201, body = CreatedKey), (status = 422)))]
async fn create_any(
    State(keys): State<KeyService>,
    caller: Authorized<InstanceManage>,
    origin: Origin,
    Json(new): Json<KeyToCreate>,
) -> Result<(StatusCode, axum::Json<CreatedKey>), Fault> {
    create_key(&keys, &caller, new, &origin).await
}

/// List the keys of all organisations, without their secrets.
#[utoipa::path(get, path = "/admin/keys", tag = "keys", params(Page), responses((status = 200, body = KeyPage)))]
async fn list_all(
    State(keys): State<KeyService>,
    _caller: Authorized<InstanceManage>,
    Query(page): Query<Page>,
) -> Result<axum::Json<KeyPage>, Fault> {
    Ok(axum::Json(keys.list(None, &page).await?))
}

/// Make any organisation's key useless for good.
///
/// Here at once, in other processes that share the database within five seconds.
#[utoipa::path(delete, path = "/admin/keys/{id}", tag = "keys", params(("id" = Uuid, Path, description = "The key's id.")),
    responses((status = 200, body = Key)))]
async fn revoke_any(
    State(keys): State<KeyService>,
    caller: Authorized<InstanceManage>,
    origin: Origin,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Key>, Fault> {
    revoke_key(&keys, id, None, (caller.caller(), &origin)).await
}

async fn create_key<P: Permission>(
    keys: &KeyService,
    caller: &Authorized<P>,
    new: KeyToCreate,
    origin: &Origin,
) -> Result<(StatusCode, axum::Json<CreatedKey>), Fault> {
    let created = keys.create_for(caller.caller(), new.into(), origin).await?;
    Ok((StatusCode::CREATED, axum::Json(created)))
}

async fn revoke_key(
    keys: &KeyService,
    id: Uuid,
    organisation: Option<Uuid>,
    by: (&Caller, &Origin),
) -> Result<axum::Json<Key>, Fault> {
    let revoked = keys.revoke(id, organisation, Some(by)).await?;
    revoked.map(axum::Json).ok_or_else(|| missing(id))
}

fn missing(id: Uuid) -> Fault {
    Fault::not_found(format!("there is no key with the id {id}"))
}
