//! Rows of schedules.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};

use crate::entity::schedule::{Column, Entity, Model};

/// All of them, by name.
pub async fn schedules(database: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .order_by_asc(Column::Name)
        .all(database)
        .await
}

/// Those that should have fired by now.
pub async fn due_schedules(database: &impl ConnectionTrait, now: i64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::NextAt.lte(now))
        .filter(Column::Enabled.eq(true))
        .all(database)
        .await
}

/// Adds a schedule that is not there yet.
pub async fn register(database: &impl ConnectionTrait, row: Model) -> Result<(), DbErr> {
    Entity::insert(row.into_active_model().reset_all())
        .on_conflict_do_nothing_on([Column::Name])
        .exec_without_returning(database)
        .await
        .map(drop)
}

/// Gives a schedule another rhythm or another job, where it has a different one.
pub async fn change(database: &impl ConnectionTrait, row: &Model) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Cron, Expr::value(row.cron.as_str()))
        .col_expr(Column::Kind, Expr::value(row.kind.as_str()))
        .col_expr(Column::NextAt, Expr::value(row.next_at))
        .filter(Column::Name.eq(row.name.as_str()))
        .filter(
            Column::Cron
                .ne(row.cron.as_str())
                .or(Column::Kind.ne(row.kind.as_str())),
        )
        .exec(database)
        .await
        .map(drop)
}

/// Moves a schedule to its next time; tells whether it still stood where it was seen, which only
/// one of several processes finds.
pub async fn fire(
    transaction: &impl ConnectionTrait,
    seen: &Model,
    now: i64,
    next: i64,
) -> Result<bool, DbErr> {
    let fired = Entity::update_many()
        .col_expr(Column::NextAt, Expr::value(next))
        .col_expr(Column::LastAt, Expr::value(now))
        .filter(Column::Name.eq(seen.name.as_str()))
        .filter(Column::NextAt.eq(seen.next_at))
        .filter(Column::Enabled.eq(true))
        .exec(transaction)
        .await?;
    Ok(fired.rows_affected == 1)
}
