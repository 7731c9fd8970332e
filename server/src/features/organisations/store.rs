//! Rows of organisations, memberships and invitations.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use crate::{
    access::Role,
    entity::{account, invitation, membership, organisation},
    http::Page,
};

/// Most rows that a list shows.
const MOST: u64 = 1000;

pub async fn find(
    database: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<organisation::Model>, DbErr> {
    organisation::Entity::find_by_id(id).one(database).await
}

pub async fn rename(
    database: &impl ConnectionTrait,
    id: Uuid,
    name: &str,
    now: i64,
) -> Result<(), DbErr> {
    organisation::Entity::update_many()
        .col_expr(organisation::Column::Name, name.into())
        .col_expr(organisation::Column::UpdatedAt, now.into())
        .filter(organisation::Column::Id.eq(id))
        .exec(database)
        .await
        .map(drop)
}

/// Memberships and invitations go with it.
pub async fn remove(database: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    organisation::Entity::delete_by_id(id)
        .exec(database)
        .await
        .map(drop)
}

pub async fn membership(
    database: &impl ConnectionTrait,
    organisation: Uuid,
    account: Uuid,
) -> Result<Option<membership::Model>, DbErr> {
    membership::Entity::find_by_id((organisation, account))
        .one(database)
        .await
}

/// Where an account belongs, oldest organisation first.
pub async fn memberships(
    database: &impl ConnectionTrait,
    account: Uuid,
) -> Result<Vec<(membership::Model, organisation::Model)>, DbErr> {
    let rows = membership::Entity::find()
        .filter(membership::Column::AccountId.eq(account))
        .order_by_asc(membership::Column::OrganisationId)
        .limit(MOST)
        .all(database)
        .await?;
    let ids = rows.iter().map(|row| row.organisation_id);
    let organisations = organisation::Entity::find()
        .filter(organisation::Column::Id.is_in(ids))
        .all(database)
        .await?;
    let of = |id| organisations.iter().find(|row| row.id == id).cloned();
    Ok(rows
        .into_iter()
        .filter_map(|row| of(row.organisation_id).map(|organisation| (row, organisation)))
        .collect())
}

/// The members of an organisation, in the order of their accounts.
pub async fn members(
    database: &impl ConnectionTrait,
    organisation: Uuid,
    page: &Page,
) -> Result<Vec<(membership::Model, account::Model)>, DbErr> {
    let rows = membership::Entity::find()
        .filter(membership::Column::OrganisationId.eq(organisation))
        .apply_if(page.after, |query, after| {
            query.filter(membership::Column::AccountId.gt(after))
        })
        .order_by_asc(membership::Column::AccountId)
        .limit(page.rows())
        .all(database)
        .await?;
    let ids = rows.iter().map(|row| row.account_id);
    let accounts = account::Entity::find()
        .filter(account::Column::Id.is_in(ids))
        .all(database)
        .await?;
    let of = |id| accounts.iter().find(|row| row.id == id).cloned();
    Ok(rows
        .into_iter()
        .filter_map(|row| of(row.account_id).map(|account| (row, account)))
        .collect())
}

/// How many owners there are besides this account.
pub async fn other_owners(
    transaction: &DatabaseTransaction,
    organisation: Uuid,
    account: Uuid,
) -> Result<u64, DbErr> {
    membership::Entity::find()
        .filter(membership::Column::OrganisationId.eq(organisation))
        .filter(membership::Column::Role.eq(Role::Owner.name()))
        .filter(membership::Column::AccountId.ne(account))
        .count(transaction)
        .await
}

pub async fn other_members(
    transaction: &DatabaseTransaction,
    organisation: Uuid,
    account: Uuid,
) -> Result<u64, DbErr> {
    membership::Entity::find()
        .filter(membership::Column::OrganisationId.eq(organisation))
        .filter(membership::Column::AccountId.ne(account))
        .count(transaction)
        .await
}

/// Takes the organisation's row, so that changes of its members come one after the other.
pub async fn lock(
    transaction: &DatabaseTransaction,
    organisation: Uuid,
) -> Result<Option<organisation::Model>, DbErr> {
    organisation::Entity::find_by_id(organisation)
        .lock_exclusive()
        .one(transaction)
        .await
}

pub async fn set_role(
    database: &impl ConnectionTrait,
    organisation: Uuid,
    account: Uuid,
    role: Role,
) -> Result<bool, DbErr> {
    let updated = membership::Entity::update_many()
        .col_expr(membership::Column::Role, role.name().into())
        .filter(membership::Column::OrganisationId.eq(organisation))
        .filter(membership::Column::AccountId.eq(account))
        .exec(database)
        .await?;
    Ok(updated.rows_affected == 1)
}

pub async fn leave(
    database: &impl ConnectionTrait,
    organisation: Uuid,
    account: Uuid,
) -> Result<bool, DbErr> {
    let removed = membership::Entity::delete_by_id((organisation, account))
        .exec(database)
        .await?;
    Ok(removed.rows_affected == 1)
}

pub async fn find_invitation(
    database: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<invitation::Model>, DbErr> {
    invitation::Entity::find_by_id(id).one(database).await
}

/// Invitations that can still be accepted, oldest first.
pub async fn open_invitations(
    database: &impl ConnectionTrait,
    organisation: Uuid,
    now: i64,
) -> Result<Vec<invitation::Model>, DbErr> {
    invitation::Entity::find()
        .filter(invitation::Column::OrganisationId.eq(organisation))
        .filter(invitation::Column::AcceptedAt.is_null())
        .filter(invitation::Column::ExpiresAt.gt(now))
        .order_by_asc(invitation::Column::Id)
        .limit(MOST)
        .all(database)
        .await
}

/// Uses an invitation; `false` when it was used, is too old or gone.
pub async fn accept(database: &impl ConnectionTrait, id: Uuid, now: i64) -> Result<bool, DbErr> {
    let updated = invitation::Entity::update_many()
        .col_expr(invitation::Column::AcceptedAt, now.into())
        .filter(invitation::Column::Id.eq(id))
        .filter(invitation::Column::AcceptedAt.is_null())
        .filter(invitation::Column::ExpiresAt.gt(now))
        .exec(database)
        .await?;
    Ok(updated.rows_affected == 1)
}

pub async fn withdraw(
    database: &impl ConnectionTrait,
    organisation: Uuid,
    id: Uuid,
) -> Result<bool, DbErr> {
    let removed = invitation::Entity::delete_many()
        .filter(invitation::Column::Id.eq(id))
        .filter(invitation::Column::OrganisationId.eq(organisation))
        .filter(invitation::Column::AcceptedAt.is_null())
        .exec(database)
        .await?;
    Ok(removed.rows_affected == 1)
}

/// Removes invitations whose time was over before, accepted or not.
pub async fn remove_old_invitations(
    database: &impl ConnectionTrait,
    before: i64,
) -> Result<(), DbErr> {
    invitation::Entity::delete_many()
        .filter(invitation::Column::ExpiresAt.lt(before))
        .exec(database)
        .await
        .map(drop)
}
