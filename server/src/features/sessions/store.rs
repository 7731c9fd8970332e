//! Rows of sessions, refresh tokens, failed logins and known devices.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr,
    EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::entity::{known_device, login_guard, refresh_token, session};

/// Most sessions that a list shows.
const MOST: u64 = 1000;

pub async fn find(
    database: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<session::Model>, DbErr> {
    session::Entity::find_by_id(id).one(database).await
}

/// An account's sessions, latest first.
pub async fn list(
    database: &impl ConnectionTrait,
    account: Uuid,
) -> Result<Vec<session::Model>, DbErr> {
    session::Entity::find()
        .filter(session::Column::AccountId.eq(account))
        .order_by_desc(session::Column::Id)
        .limit(MOST)
        .all(database)
        .await
}

/// Where a session works from now on.
pub async fn switch(
    database: &impl ConnectionTrait,
    id: Uuid,
    organisation: Uuid,
) -> Result<(), DbErr> {
    session::Entity::update_many()
        .col_expr(session::Column::OrganisationId, organisation.into())
        .filter(session::Column::Id.eq(id))
        .exec(database)
        .await
        .map(drop)
}

/// Ends these sessions, unless they ended before; tells how many it was.
pub async fn end(
    database: &impl ConnectionTrait,
    which: Condition,
    reason: &str,
    now: i64,
) -> Result<u64, DbErr> {
    let ended = session::Entity::update_many()
        .col_expr(session::Column::EndedAt, now.into())
        .col_expr(session::Column::EndReason, reason.into())
        .filter(which)
        .filter(session::Column::EndedAt.is_null())
        .exec(database)
        .await?;
    Ok(ended.rows_affected)
}

/// Removes sessions that ended, or would have ended, before.
pub async fn remove_ended(database: &impl ConnectionTrait, before: i64) -> Result<u64, DbErr> {
    let over = Condition::any()
        .add(session::Column::ExpiresAt.lt(before))
        .add(session::Column::IdleExpiresAt.lt(before))
        .add(session::Column::EndedAt.lt(before));
    let removed = session::Entity::delete_many()
        .filter(over)
        .exec(database)
        .await?;
    Ok(removed.rows_affected)
}

pub async fn find_token(
    database: &impl ConnectionTrait,
    digest: &[u8],
) -> Result<Option<refresh_token::Model>, DbErr> {
    refresh_token::Entity::find_by_id(digest.to_vec())
        .one(database)
        .await
}

/// Uses a refresh token: of many that try at once, one succeeds.
pub async fn consume_token(
    transaction: &DatabaseTransaction,
    digest: &[u8],
    now: i64,
) -> Result<bool, DbErr> {
    let consumed = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::ConsumedAt, now.into())
        .filter(refresh_token::Column::Digest.eq(digest.to_vec()))
        .filter(refresh_token::Column::ConsumedAt.is_null())
        .exec(transaction)
        .await?;
    Ok(consumed.rows_affected == 1)
}

/// Notes that a session was used; `false` when it is over.
pub async fn touch(
    transaction: &DatabaseTransaction,
    id: Uuid,
    (now, idle_expires_at): (i64, i64),
    address: &str,
) -> Result<bool, DbErr> {
    let touched = session::Entity::update_many()
        .col_expr(session::Column::LastUsedAt, now.into())
        .col_expr(session::Column::IdleExpiresAt, idle_expires_at.into())
        .col_expr(session::Column::Address, address.into())
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::IdleExpiresAt.gt(now))
        .filter(session::Column::ExpiresAt.gt(now))
        .exec(transaction)
        .await?;
    Ok(touched.rows_affected == 1)
}

/// Takes the row of a count, making it when it is missing: others that count the same wait.
pub async fn take_guard(
    transaction: &DatabaseTransaction,
    key: &[u8],
    now: i64,
) -> Result<login_guard::Model, DbErr> {
    let fresh = login_guard::Model {
        key: key.to_vec(),
        failures: 0,
        window_at: now,
        locked_until: 0,
        strikes: 0,
        updated_at: now,
    };
    login_guard::Entity::insert(fresh.clone().into_active_model().reset_all())
        .on_conflict(
            OnConflict::column(login_guard::Column::Key)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(transaction)
        .await?;
    let row = login_guard::Entity::find_by_id(key.to_vec())
        .lock_exclusive()
        .one(transaction)
        .await?;
    Ok(row.unwrap_or(fresh))
}

pub async fn find_guard(
    database: &impl ConnectionTrait,
    key: &[u8],
) -> Result<Option<login_guard::Model>, DbErr> {
    login_guard::Entity::find_by_id(key.to_vec())
        .one(database)
        .await
}

pub async fn update_guard(
    database: &impl ConnectionTrait,
    row: login_guard::Model,
) -> Result<(), DbErr> {
    row.into_active_model()
        .reset_all()
        .update(database)
        .await
        .map(drop)
}

/// Removes counts that nobody has added to since.
pub async fn remove_guards(database: &impl ConnectionTrait, before: i64) -> Result<u64, DbErr> {
    let removed = login_guard::Entity::delete_many()
        .filter(login_guard::Column::UpdatedAt.lt(before))
        .filter(login_guard::Column::LockedUntil.lt(before))
        .exec(database)
        .await?;
    Ok(removed.rows_affected)
}

/// Notes that a device was used; `false` when it is not known.
pub async fn touch_device(
    database: &impl ConnectionTrait,
    digest: &[u8],
    now: i64,
) -> Result<bool, DbErr> {
    let touched = known_device::Entity::update_many()
        .col_expr(known_device::Column::LastUsedAt, now.into())
        .filter(known_device::Column::Digest.eq(digest.to_vec()))
        .exec(database)
        .await?;
    Ok(touched.rows_affected == 1)
}

/// Removes devices that were not used since.
pub async fn remove_devices(database: &impl ConnectionTrait, before: i64) -> Result<(), DbErr> {
    known_device::Entity::delete_many()
        .filter(known_device::Column::LastUsedAt.lt(before))
        .exec(database)
        .await
        .map(drop)
}
