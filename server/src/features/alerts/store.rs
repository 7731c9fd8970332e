//! Rows of rules and of their firings.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, sea_query::Expr,
};
use uuid::Uuid;

use crate::database::insert;
use crate::entity::{
    alert_firing,
    alert_rule::{AlertState, Column, Entity, Model},
};

/// Firings that are kept of each rule.
pub const KEPT: u64 = 100;

/// All rules, oldest first.
pub async fn list(database: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    Entity::find().order_by_asc(Column::Id).all(database).await
}

/// Those that are evaluated.
pub async fn enabled(database: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Enabled.eq(true))
        .order_by_asc(Column::Id)
        .all(database)
        .await
}

pub async fn count(database: &impl ConnectionTrait) -> Result<u64, DbErr> {
    Entity::find().count(database).await
}

pub async fn find(database: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(database).await
}

/// Its firings go with it; tells whether it was there.
pub async fn delete(database: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let deleted = Entity::delete_by_id(id).exec(database).await?;
    Ok(deleted.rows_affected == 1)
}

/// Writes an administrator's change over the revision that it was made of; tells whether that was still there.
pub async fn change(database: &impl ConnectionTrait, row: &Model) -> Result<bool, DbErr> {
    let changed = Entity::update_many()
        .col_expr(Column::Name, Expr::value(row.name.as_str()))
        .col_expr(Column::Condition, Expr::value(row.condition.clone()))
        .col_expr(Column::WindowMinutes, Expr::value(row.window_minutes))
        .col_expr(Column::Subject, Expr::value(row.subject.clone()))
        .col_expr(Column::OrganisationId, Expr::value(row.organisation_id))
        .col_expr(Column::Recipients, Expr::value(row.recipients.clone()))
        .col_expr(Column::WebhookUrl, Expr::value(row.webhook_url.clone()))
        .col_expr(Column::Enabled, Expr::value(row.enabled))
        .col_expr(Column::ChangedAt, Expr::value(row.changed_at))
        .col_expr(Column::Revision, Expr::value(row.revision + 1))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Revision.eq(row.revision))
        .exec(database)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// How an evaluation went.
#[derive(Debug, Clone, Default)]
pub struct Evaluation {
    /// When.
    pub at: i64,
    /// What was compared.
    pub measured: Option<f64>,
    /// Why it could not be evaluated.
    pub problem: Option<String>,
}

/// Notes an evaluation of the revision that was seen; tells whether that is still there.
pub async fn note(
    database: &impl ConnectionTrait,
    seen: &Model,
    evaluation: &Evaluation,
) -> Result<bool, DbErr> {
    let noted = Entity::update_many()
        .col_expr(Column::EvaluatedAt, Expr::value(evaluation.at))
        .col_expr(Column::Measured, Expr::value(evaluation.measured))
        .col_expr(Column::Problem, Expr::value(evaluation.problem.clone()))
        .filter(Column::Id.eq(seen.id))
        .filter(Column::Revision.eq(seen.revision))
        .exec(database)
        .await?;
    Ok(noted.rows_affected == 1)
}

/// Brings a rule into the other state; tells whether it was still in the one that was seen, which only one of
/// several evaluations finds.
pub async fn switch(
    database: &impl ConnectionTrait,
    seen: &Model,
    to: AlertState,
    now: i64,
) -> Result<bool, DbErr> {
    let switched = Entity::update_many()
        .col_expr(Column::State, Expr::value(to))
        .col_expr(Column::Since, Expr::value(now))
        .filter(Column::Id.eq(seen.id))
        .filter(Column::State.eq(seen.state))
        .exec(database)
        .await?;
    Ok(switched.rows_affected == 1)
}

/// Begins a firing, and removes the oldest beyond those that are kept.
pub async fn begin_firing(
    database: &impl ConnectionTrait,
    firing: alert_firing::Model,
) -> Result<(), DbErr> {
    let rule = firing.rule_id;
    insert(database, firing).await?;
    let beyond: Option<Uuid> = latest(rule)
        .select_only()
        .column(alert_firing::Column::Id)
        .offset(KEPT)
        .limit(1)
        .into_tuple()
        .one(database)
        .await?;
    let Some(beyond) = beyond else {
        return Ok(());
    };
    alert_firing::Entity::delete_many()
        .filter(alert_firing::Column::RuleId.eq(rule))
        .filter(alert_firing::Column::Id.lte(beyond))
        .exec(database)
        .await
        .map(drop)
}

/// Ends what still fires of a rule.
pub async fn end_firing(
    database: &impl ConnectionTrait,
    rule: Uuid,
    now: i64,
) -> Result<(), DbErr> {
    alert_firing::Entity::update_many()
        .col_expr(alert_firing::Column::EndedAt, Expr::value(now))
        .filter(alert_firing::Column::RuleId.eq(rule))
        .filter(alert_firing::Column::EndedAt.is_null())
        .exec(database)
        .await
        .map(drop)
}

/// The firings of a rule, the latest first: identifiers grow with time.
pub async fn firings(
    database: &impl ConnectionTrait,
    rule: Uuid,
) -> Result<Vec<alert_firing::Model>, DbErr> {
    latest(rule).limit(KEPT).all(database).await
}

fn latest(rule: Uuid) -> Select<alert_firing::Entity> {
    alert_firing::Entity::find()
        .filter(alert_firing::Column::RuleId.eq(rule))
        .order_by_desc(alert_firing::Column::Id)
}

#[cfg(test)]
mod tests {
    use sea_orm::QueryTrait;

    use super::*;
    use crate::database::testing::{each, uses_index};

    #[tokio::test]
    async fn the_history_is_found_through_an_index() {
        for test in each().await {
            let statement = latest(Uuid::nil()).build(test.database.kind());
            assert!(uses_index(&test.database, statement).await);
        }
    }
}
