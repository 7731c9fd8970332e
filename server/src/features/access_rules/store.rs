//! Rows of rules, and the one row that holds their mode.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    sea_query::Expr,
};
use uuid::Uuid;

use crate::entity::{
    access_rule::{ActiveModel, Column, Entity, Model},
    access_setting,
};

/// The row of [`access_setting`] that there is.
pub const SETTING: i32 = 1;

/// Makes other changes wait until this transaction has ended.
pub async fn lock(database: &impl ConnectionTrait, now: i64) -> Result<(), DbErr> {
    access_setting::Entity::update_many()
        .col_expr(access_setting::Column::ChangedAt, Expr::value(now))
        .filter(access_setting::Column::Id.eq(SETTING))
        .exec(database)
        .await
        .map(drop)
}

/// The mode's name, where one was set.
pub async fn mode(database: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
    let row = access_setting::Entity::find_by_id(SETTING)
        .one(database)
        .await?;
    Ok(row.and_then(|row| row.mode))
}

/// Sets it.
pub async fn set_mode(database: &impl ConnectionTrait, mode: &str) -> Result<(), DbErr> {
    access_setting::Entity::update_many()
        .col_expr(access_setting::Column::Mode, Expr::value(mode))
        .filter(access_setting::Column::Id.eq(SETTING))
        .exec(database)
        .await
        .map(drop)
}

/// All rules, oldest first.
pub async fn list(database: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    Entity::find().order_by_asc(Column::Id).all(database).await
}

pub async fn insert(database: &impl ConnectionTrait, row: Model) -> Result<Model, DbErr> {
    let row: ActiveModel = row.into();
    row.reset_all().insert(database).await
}

pub async fn delete(database: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    Entity::delete_by_id(id).exec(database).await.map(drop)
}
