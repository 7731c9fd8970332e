//! Rows of usage.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

use super::query::{Grouping, Range};
use crate::entity::{usage_error, usage_minute};

/// Rows per INSERT: far below SQLite's 32,766 variables.
const BATCH: usize = 500;

/// Adds rows to those of the same minute that are there.
pub async fn add_minutes(
    transaction: &DatabaseTransaction,
    rows: Vec<usage_minute::Model>,
) -> Result<(), DbErr> {
    use usage_minute::{Column, Entity};
    let mut conflict = OnConflict::columns([
        Column::Minute,
        Column::Organisation,
        Column::ActorId,
        Column::Method,
        Column::Route,
    ]);
    for column in [
        Column::Requests,
        Column::Failures,
        Column::ServerErrors,
        Column::Milliseconds,
        Column::BytesIn,
        Column::BytesOut,
    ] {
        let sum = Expr::col((Entity, column)).add(Expr::col(("excluded", column)));
        conflict.value(column, sum);
    }
    for batch in rows.chunks(BATCH) {
        let batch = batch
            .iter()
            .map(|row| row.clone().into_active_model().reset_all());
        Entity::insert_many(batch)
            .on_conflict(conflict.clone())
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}

/// Adds failures to those of the same minute that are there.
pub async fn add_errors(
    transaction: &DatabaseTransaction,
    rows: Vec<usage_error::Model>,
) -> Result<(), DbErr> {
    use usage_error::{Column, Entity};
    let count =
        Expr::col((Entity, Column::Occurrences)).add(Expr::col(("excluded", Column::Occurrences)));
    let conflict = OnConflict::columns([
        Column::Minute,
        Column::Organisation,
        Column::ActorId,
        Column::Method,
        Column::Route,
        Column::Status,
        Column::Code,
    ])
    .update_columns([Column::LastAt, Column::LastRequest])
    .value(Column::Occurrences, count)
    .to_owned();
    for batch in rows.chunks(BATCH) {
        let batch = batch
            .iter()
            .map(|row| row.clone().into_active_model().reset_all());
        Entity::insert_many(batch)
            .on_conflict(conflict.clone())
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}

/// Sums of a group of rows; what they are not grouped by is absent.
#[derive(Debug, FromQueryResult)]
pub struct Sums {
    pub organisation: Option<Uuid>,
    pub actor_kind: Option<String>,
    pub actor_id: Option<Uuid>,
    pub method: Option<String>,
    pub route: Option<String>,
    pub day: Option<i64>,
    pub requests: i64,
    pub failures: i64,
    pub server_errors: i64,
    pub milliseconds: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
}

/// Sums by group: days in their order, other groups with the most requests first.
pub fn sums(range: &Range, grouping: Grouping, limit: u64) -> Select<usage_minute::Entity> {
    use usage_minute::{Column, Entity};
    let mut query = Entity::find()
        .select_only()
        .filter(Column::Minute.gte(range.from))
        .filter(Column::Minute.lt(range.to))
        .apply_if(range.organisation, |query, id| {
            query.filter(Column::Organisation.eq(id))
        });
    let columns: &[Column] = match grouping {
        Grouping::Key => &[Column::Organisation, Column::ActorKind, Column::ActorId],
        Grouping::Route => &[Column::Method, Column::Route],
        Grouping::Day => &[Column::Day],
    };
    for column in columns {
        query = query.column(*column).group_by(*column);
    }
    for column in [
        Column::Requests,
        Column::Failures,
        Column::ServerErrors,
        Column::Milliseconds,
        Column::BytesIn,
        Column::BytesOut,
    ] {
        query = query.column_as(total(column), column);
    }
    if grouping == Grouping::Day {
        query = query.order_by_asc(Column::Day);
    } else {
        query = query.order_by_desc(total(Column::Requests));
    }
    columns
        .iter()
        .fold(query, |query, column| query.order_by_asc(*column))
        .limit(limit)
}

/// PostgreSQL adds up 64-bit numbers to decimal ones.
pub(super) fn total(column: impl ColumnTrait) -> Expr {
    column.sum().cast_as("bigint")
}

/// How often requests failed with a code.
#[derive(Debug, FromQueryResult)]
pub struct CodeCount {
    pub status: i32,
    pub code: String,
    pub occurrences: i64,
}

/// Failures by code, the most frequent first.
pub fn codes(range: &Range) -> Select<usage_error::Entity> {
    use usage_error::{Column, Entity};
    Entity::find()
        .select_only()
        .filter(Column::Minute.gte(range.from))
        .filter(Column::Minute.lt(range.to))
        .apply_if(range.organisation, |query, id| {
            query.filter(Column::Organisation.eq(id))
        })
        .columns([Column::Status, Column::Code])
        .group_by(Column::Status)
        .group_by(Column::Code)
        .column_as(total(Column::Occurrences), Column::Occurrences)
        .order_by_desc(total(Column::Occurrences))
        .order_by_asc(Column::Status)
        .order_by_asc(Column::Code)
}

/// The latest failures of the server itself.
pub fn server_errors(range: &Range, limit: u64) -> Select<usage_error::Entity> {
    use usage_error::{Column, Entity};
    Entity::find()
        .filter(Column::Server.eq(true))
        .filter(Column::LastAt.gte(range.from))
        .filter(Column::LastAt.lt(range.to))
        .apply_if(range.organisation, |query, id| {
            query.filter(Column::Organisation.eq(id))
        })
        .order_by_desc(Column::LastAt)
        .limit(limit)
}

/// Removes what is older; tells how many rows.
pub async fn purge(database: &impl ConnectionTrait, before: i64) -> Result<u64, DbErr> {
    let minutes = usage_minute::Entity::delete_many()
        .filter(usage_minute::Column::Minute.lt(before))
        .exec(database)
        .await?;
    let errors = usage_error::Entity::delete_many()
        .filter(usage_error::Column::Minute.lt(before))
        .exec(database)
        .await?;
    Ok(minutes.rows_affected + errors.rows_affected)
}
