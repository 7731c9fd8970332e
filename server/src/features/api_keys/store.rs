//! Rows of keys.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use crate::{
    access::Scope,
    entity::api_key::{Column, Entity, Model},
    http::Page,
};

/// Whether no key is left that manages the server as a whole.
pub async fn lacks_admin(database: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let admins = Entity::find()
        .filter(Column::Scopes.contains(Scope::InstanceManage.name()))
        .filter(Column::RevokedAt.is_null());
    Ok(admins.count(database).await? == 0)
}

/// The keys of an organisation, or of all, oldest first.
pub async fn list(
    database: &impl ConnectionTrait,
    organisation: Option<Uuid>,
    page: &Page,
) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .apply_if(organisation, |query, organisation| {
            query.filter(Column::OrganisationId.eq(organisation))
        })
        .apply_if(page.after, |query, after| {
            query.filter(Column::Id.gt(after))
        })
        .order_by_asc(Column::Id)
        .limit(page.rows())
        .all(database)
        .await
}

pub async fn find_by_prefix(
    database: &impl ConnectionTrait,
    prefix: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::Prefix.eq(prefix))
        .one(database)
        .await
}

/// The key of that id, if it is the organisation's, or anybody's.
pub async fn find(
    database: &impl ConnectionTrait,
    id: Uuid,
    organisation: Option<Uuid>,
) -> Result<Option<Model>, DbErr> {
    let mut query = Entity::find_by_id(id);
    if let Some(organisation) = organisation {
        query = query.filter(Column::OrganisationId.eq(organisation));
    }
    query.one(database).await
}

/// Revoking again keeps the first time.
pub async fn revoke(database: &impl ConnectionTrait, id: Uuid, now: i64) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::RevokedAt, now.into())
        .filter(Column::Id.eq(id))
        .filter(Column::RevokedAt.is_null())
        .exec(database)
        .await
        .map(drop)
}

pub async fn remove_of(database: &impl ConnectionTrait, organisation: Uuid) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::OrganisationId.eq(organisation))
        .exec(database)
        .await
        .map(drop)
}

/// Notes that a key was used, at most once in a while.
pub async fn touch(
    database: &impl ConnectionTrait,
    id: Uuid,
    now: i64,
    before: i64,
) -> Result<(), DbErr> {
    let stale = Condition::any()
        .add(Column::LastUsedAt.is_null())
        .add(Column::LastUsedAt.lt(before));
    Entity::update_many()
        .col_expr(Column::LastUsedAt, now.into())
        .filter(Column::Id.eq(id))
        .filter(stale)
        .exec(database)
        .await
        .map(drop)
}
