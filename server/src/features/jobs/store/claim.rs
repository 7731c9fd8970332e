//! A job in the hands of a worker: claimed, kept, completed, postponed, given up, given back.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, UpdateMany,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use crate::entity::job::{Column, Entity, JobState, Model};

/// Proof of having claimed a job; worth nothing once another worker took it over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The job.
    pub id: Uuid,
    /// The lease of this claim.
    pub lease: Uuid,
}

/// Jobs of these kinds that may be claimed, the longest due first: those that wait and are due,
/// after those whose worker no longer renews its lease.
pub async fn candidates(
    database: &impl ConnectionTrait,
    kinds: &[&str],
    now: i64,
    most: u64,
) -> Result<Vec<Model>, DbErr> {
    let some = |available: Condition| {
        Entity::find()
            .filter(available)
            .filter(Column::Kind.is_in(kinds.iter().copied()))
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::Id)
            .limit(most)
    };
    let mut found = some(abandoned(now)).all(database).await?;
    found.extend(some(due(now)).all(database).await?);
    Ok(found)
}

fn due(now: i64) -> Condition {
    Condition::all()
        .add(Column::State.eq(JobState::Waiting))
        .add(Column::DueAt.lte(now))
}

fn abandoned(now: i64) -> Condition {
    Condition::all()
        .add(Column::State.eq(JobState::Running))
        .add(Column::LeaseUntil.lte(now))
}

/// A wish to have a job.
#[derive(Debug)]
pub struct Claim<'a> {
    /// The job and the new lease.
    pub held: Held,
    /// Who wants it.
    pub worker: &'a str,
    /// Attempts that were begun when it was seen; more by now mean that somebody was faster.
    pub attempts: i32,
    /// The time.
    pub now: i64,
    /// When the lease ends.
    pub until: i64,
}

/// Takes a job for a worker, unless somebody was faster; the attempt counts from here on, so that
/// a job that kills its worker is given up some day too.
pub async fn claim(database: &impl ConnectionTrait, claim: Claim<'_>) -> Result<bool, DbErr> {
    let Claim { held, now, .. } = claim;
    let update = Entity::update_many()
        .col_expr(Column::State, Expr::value(JobState::Running))
        .col_expr(Column::Lease, Expr::value(held.lease))
        .col_expr(Column::LeaseUntil, Expr::value(claim.until))
        .col_expr(Column::Worker, Expr::value(claim.worker))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.eq(held.id))
        .filter(Column::Attempts.eq(claim.attempts))
        .filter(Condition::any().add(due(now)).add(abandoned(now)));
    changed_one(update, database).await
}

/// Keeps a job for longer; tells whether it is still held.
pub async fn renew(database: &impl ConnectionTrait, held: Held, until: i64) -> Result<bool, DbErr> {
    let update = of(held).col_expr(Column::LeaseUntil, Expr::value(until));
    changed_one(update, database).await
}

/// Marks a job as done; tells whether it was still held. Its effects belong in the same
/// transaction, after this: from here on nobody can take the job over.
pub async fn complete(
    transaction: &impl ConnectionTrait,
    held: Held,
    now: i64,
) -> Result<bool, DbErr> {
    let update = finish(of(held), JobState::Done, now)
        .col_expr(Column::Error, Expr::value(Option::<String>::None));
    changed_one(update, transaction).await
}

/// Writes down why an attempt failed and when to try again.
pub async fn postpone(
    database: &impl ConnectionTrait,
    held: Held,
    error: &str,
    due_at: i64,
) -> Result<bool, DbErr> {
    let update = let_go(of(held))
        .col_expr(Column::State, Expr::value(JobState::Waiting))
        .col_expr(Column::Error, Expr::value(error))
        .col_expr(Column::DueAt, Expr::value(due_at));
    changed_one(update, database).await
}

/// Gives a job up.
pub async fn bury(
    database: &impl ConnectionTrait,
    held: Held,
    error: &str,
    now: i64,
) -> Result<bool, DbErr> {
    let update = finish(of(held), JobState::Dead, now).col_expr(Column::Error, Expr::value(error));
    changed_one(update, database).await
}

/// Gives up a job that nobody holds any more; tells whether it still was so.
pub async fn bury_abandoned(
    database: &impl ConnectionTrait,
    id: Uuid,
    error: &str,
    now: i64,
) -> Result<bool, DbErr> {
    let update = finish(Entity::update_many(), JobState::Dead, now)
        .col_expr(Column::Error, Expr::value(error))
        .filter(Column::Id.eq(id))
        .filter(abandoned(now));
    changed_one(update, database).await
}

/// Gives back all jobs of a worker, as they were before it claimed them: that attempt does not
/// count. Gives how many.
pub async fn release(database: &impl ConnectionTrait, worker: &str) -> Result<u64, DbErr> {
    let update = let_go(Entity::update_many())
        .col_expr(Column::State, Expr::value(JobState::Waiting))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(1))
        .filter(Column::State.eq(JobState::Running))
        .filter(Column::Worker.eq(worker));
    Ok(update.exec(database).await?.rows_affected)
}

fn of(held: Held) -> UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::Id.eq(held.id))
        .filter(Column::Lease.eq(held.lease))
        .filter(Column::State.eq(JobState::Running))
}

pub(super) fn let_go(update: UpdateMany<Entity>) -> UpdateMany<Entity> {
    update
        .col_expr(Column::Lease, Expr::value(Option::<Uuid>::None))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<i64>::None))
}

pub(super) fn finish(update: UpdateMany<Entity>, state: JobState, now: i64) -> UpdateMany<Entity> {
    let_go(update)
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::UniqueKey, Expr::value(Option::<String>::None))
        .col_expr(Column::FinishedAt, Expr::value(now))
}

pub(super) async fn changed_one(
    update: UpdateMany<Entity>,
    database: &impl ConnectionTrait,
) -> Result<bool, DbErr> {
    Ok(update.exec(database).await?.rows_affected == 1)
}
