//! Rows of accounts, former passwords and recovery codes.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::{
    database::insert,
    entity::{account, former_password, one_time_token, recovery_code},
};

pub async fn find(
    database: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<account::Model>, DbErr> {
    account::Entity::find_by_id(id).one(database).await
}

/// The account whose address is proved.
pub async fn find_verified(
    database: &impl ConnectionTrait,
    email_key: &str,
) -> Result<Option<account::Model>, DbErr> {
    account::Entity::find()
        .filter(account::Column::VerifiedKey.eq(email_key))
        .one(database)
        .await
}

/// The latest registration of an address that nobody has proved yet.
pub async fn find_latest_unverified(
    database: &impl ConnectionTrait,
    email_key: &str,
) -> Result<Option<account::Model>, DbErr> {
    account::Entity::find()
        .filter(account::Column::EmailKey.eq(email_key))
        .filter(account::Column::VerifiedAt.is_null())
        .order_by_desc(account::Column::Id)
        .one(database)
        .await
}

/// Marks the address as proved; `false` when another account has it.
pub async fn verify(
    transaction: &DatabaseTransaction,
    row: &account::Model,
    now: i64,
) -> Result<bool, DbErr> {
    if find_verified(transaction, &row.email_key).await?.is_some() {
        return Ok(false);
    }
    let updated = account::Entity::update_many()
        .col_expr(account::Column::VerifiedKey, row.email_key.clone().into())
        .col_expr(account::Column::VerifiedAt, now.into())
        .col_expr(account::Column::UpdatedAt, now.into())
        .filter(account::Column::Id.eq(row.id))
        .filter(account::Column::VerifiedAt.is_null())
        .exec(transaction)
        .await?;
    // Other registrations of the address were never proved; they are worth nothing now.
    account::Entity::delete_many()
        .filter(account::Column::EmailKey.eq(&row.email_key))
        .filter(account::Column::VerifiedAt.is_null())
        .exec(transaction)
        .await?;
    Ok(updated.rows_affected == 1)
}

pub async fn rename(
    database: &impl ConnectionTrait,
    id: Uuid,
    name: &str,
    now: i64,
) -> Result<(), DbErr> {
    account::Entity::update_many()
        .col_expr(account::Column::Name, name.into())
        .col_expr(account::Column::UpdatedAt, now.into())
        .filter(account::Column::Id.eq(id))
        .exec(database)
        .await
        .map(drop)
}

/// Puts a hash in the place of another one of the same password.
pub async fn rehash(
    database: &impl ConnectionTrait,
    row: &account::Model,
    hash: String,
) -> Result<(), DbErr> {
    account::Entity::update_many()
        .col_expr(account::Column::Password, hash.into())
        .filter(account::Column::Id.eq(row.id))
        .filter(account::Column::Password.eq(&row.password))
        .exec(database)
        .await
        .map(drop)
}

/// Sets a new password and remembers the old one, of which `former` are kept.
pub async fn set_password(
    transaction: &DatabaseTransaction,
    row: &account::Model,
    hash: String,
    remembered: former_password::Model,
    former: u64,
) -> Result<(), DbErr> {
    let now = remembered.created_at;
    account::Entity::update_many()
        .col_expr(account::Column::Password, hash.into())
        .col_expr(account::Column::PasswordChangedAt, now.into())
        .col_expr(account::Column::UpdatedAt, now.into())
        .filter(account::Column::Id.eq(row.id))
        .exec(transaction)
        .await?;
    insert(transaction, remembered).await?;
    let kept: Vec<Uuid> = former_password::Entity::find()
        .select_only()
        .column(former_password::Column::Id)
        .filter(former_password::Column::AccountId.eq(row.id))
        .order_by_desc(former_password::Column::CreatedAt)
        .order_by_desc(former_password::Column::Id)
        .limit(former)
        .into_tuple()
        .all(transaction)
        .await?;
    former_password::Entity::delete_many()
        .filter(former_password::Column::AccountId.eq(row.id))
        .filter(former_password::Column::Id.is_not_in(kept))
        .exec(transaction)
        .await
        .map(drop)
}

/// The hashes of an account's latest former passwords.
pub async fn former_passwords(
    database: &impl ConnectionTrait,
    account: Uuid,
    most: u64,
) -> Result<Vec<String>, DbErr> {
    former_password::Entity::find()
        .select_only()
        .column(former_password::Column::Password)
        .filter(former_password::Column::AccountId.eq(account))
        .order_by_desc(former_password::Column::CreatedAt)
        .limit(most)
        .into_tuple()
        .all(database)
        .await
}

/// Sets what the TOTP secret is derived from; until it is confirmed logins do without. `false`
/// when a second factor is in use by now.
pub async fn offer_second_factor(
    database: &impl ConnectionTrait,
    account: Uuid,
    seed: Vec<u8>,
) -> Result<bool, DbErr> {
    let offered = account::Entity::update_many()
        .col_expr(account::Column::SecondFactor, seed.into())
        .filter(account::Column::Id.eq(account))
        .filter(account::Column::SecondFactorAt.is_null())
        .exec(database)
        .await?;
    Ok(offered.rows_affected == 1)
}

/// From now on logins need the second factor with this seed, since that time; `false` when the
/// seed is another one by now.
pub async fn confirm_second_factor(
    database: &impl ConnectionTrait,
    account: Uuid,
    seed: Vec<u8>,
    since: i64,
) -> Result<bool, DbErr> {
    let confirmed = account::Entity::update_many()
        .col_expr(account::Column::SecondFactorAt, since.into())
        .filter(account::Column::Id.eq(account))
        .filter(account::Column::SecondFactor.eq(seed))
        .exec(database)
        .await?;
    Ok(confirmed.rows_affected == 1)
}

/// Logins do without from now on.
pub async fn remove_second_factor(
    database: &impl ConnectionTrait,
    account: Uuid,
) -> Result<(), DbErr> {
    let none = Expr::value(Option::<Vec<u8>>::None);
    account::Entity::update_many()
        .col_expr(account::Column::SecondFactor, none)
        .col_expr(
            account::Column::SecondFactorAt,
            Expr::value(Option::<i64>::None),
        )
        .filter(account::Column::Id.eq(account))
        .exec(database)
        .await
        .map(drop)
}

/// Uses a time step; `false` when it, or a later one, was used before.
pub async fn use_step(
    database: &impl ConnectionTrait,
    account: Uuid,
    step: i64,
) -> Result<bool, DbErr> {
    let used = account::Entity::update_many()
        .col_expr(account::Column::SecondFactorStep, step.into())
        .filter(account::Column::Id.eq(account))
        .filter(account::Column::SecondFactorStep.lt(step))
        .exec(database)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Puts new recovery codes in the place of the old ones.
pub async fn replace_recovery_codes(
    transaction: &DatabaseTransaction,
    account: Uuid,
    digests: Vec<Vec<u8>>,
) -> Result<(), DbErr> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::AccountId.eq(account))
        .exec(transaction)
        .await?;
    if digests.is_empty() {
        return Ok(());
    }
    let rows = digests.into_iter().map(|digest| {
        recovery_code::Model {
            digest,
            account_id: account,
            used_at: None,
        }
        .into_active_model()
        .reset_all()
    });
    recovery_code::Entity::insert_many(rows)
        .exec_without_returning(transaction)
        .await
        .map(drop)
}

/// Uses a recovery code; `false` when there is none like it or it was used.
pub async fn use_recovery_code(
    database: &impl ConnectionTrait,
    digest: Vec<u8>,
    now: i64,
) -> Result<bool, DbErr> {
    let used = recovery_code::Entity::update_many()
        .col_expr(recovery_code::Column::UsedAt, now.into())
        .filter(recovery_code::Column::Digest.eq(digest))
        .filter(recovery_code::Column::UsedAt.is_null())
        .exec(database)
        .await?;
    Ok(used.rows_affected == 1)
}

pub async fn remove(database: &impl ConnectionTrait, account: Uuid) -> Result<bool, DbErr> {
    let removed = account::Entity::delete_by_id(account)
        .exec(database)
        .await?;
    Ok(removed.rows_affected == 1)
}

/// At most so many accounts and registrations, oldest first, beginning behind one of them.
pub async fn page(
    database: &impl ConnectionTrait,
    after: Option<Uuid>,
    most: u64,
) -> Result<Vec<account::Model>, DbErr> {
    let mut query = account::Entity::find();
    if let Some(after) = after {
        query = query.filter(account::Column::Id.gt(after));
    }
    query
        .order_by_asc(account::Column::Id)
        .limit(most)
        .all(database)
        .await
}

pub async fn set_instance_admin(
    database: &impl ConnectionTrait,
    id: Uuid,
    admin: bool,
    now: i64,
) -> Result<(), DbErr> {
    account::Entity::update_many()
        .col_expr(account::Column::InstanceAdmin, admin.into())
        .col_expr(account::Column::UpdatedAt, now.into())
        .filter(account::Column::Id.eq(id))
        .exec(database)
        .await
        .map(drop)
}

/// Removes the registrations of an address that nobody proved.
pub async fn remove_registrations(
    database: &impl ConnectionTrait,
    email_key: &str,
) -> Result<u64, DbErr> {
    let removed = account::Entity::delete_many()
        .filter(account::Column::EmailKey.eq(email_key))
        .filter(account::Column::VerifiedAt.is_null())
        .exec(database)
        .await?;
    Ok(removed.rows_affected)
}

/// Removes registrations of before that nobody proved, but for those that a mailed token can still
/// prove.
pub async fn remove_unverified(
    database: &impl ConnectionTrait,
    before: i64,
    now: i64,
) -> Result<u64, DbErr> {
    let provable = Query::select()
        .column(one_time_token::Column::AccountId)
        .from(one_time_token::Entity)
        .and_where(one_time_token::Column::ExpiresAt.gt(now))
        .and_where(one_time_token::Column::UsedAt.is_null())
        .take();
    let removed = account::Entity::delete_many()
        .filter(account::Column::VerifiedAt.is_null())
        .filter(account::Column::CreatedAt.lt(before))
        .filter(account::Column::Id.not_in_subquery(provable))
        .exec(database)
        .await?;
    Ok(removed.rows_affected)
}
