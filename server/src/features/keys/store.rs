//! Rows of keys.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::entity::api_key::{ActiveModel, Column, Entity, Model};

pub async fn insert(database: &impl ConnectionTrait, row: Model) -> Result<Model, DbErr> {
    let row: ActiveModel = row.into();
    row.reset_all().insert(database).await
}

pub async fn lacks_admin(database: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let admins = Entity::find()
        .filter(Column::Admin.eq(true))
        .filter(Column::RevokedAt.is_null());
    Ok(admins.count(database).await? == 0)
}

pub async fn list(database: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    Entity::find().order_by_asc(Column::Id).all(database).await
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

/// Revoking again keeps the first time.
pub async fn revoke(
    database: &impl ConnectionTrait,
    id: Uuid,
    now: i64,
) -> Result<Option<Model>, DbErr> {
    let Some(row) = Entity::find_by_id(id).one(database).await? else {
        return Ok(None);
    };
    if row.revoked_at.is_some() {
        return Ok(Some(row));
    }
    let mut row = row.into_active_model();
    row.revoked_at = Set(Some(now));
    row.update(database).await.map(Some)
}
