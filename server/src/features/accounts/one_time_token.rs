//! Tokens that are mailed and work once.
//!
//! A token's text is its row's id and an HMAC of that id under the server's secret. So neither
//! the row nor the job that mails it holds anything that opens an account, and a text that was
//! made up is refused without a look at the database.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::{
    database::insert,
    entity::one_time_token::{Column, Entity, Model},
    foundation::Foundation,
    http::Fault,
    secrets::{DERIVED_BYTES, Purpose, ServerSecret},
};

/// Bytes of an identifier.
const ID_BYTES: usize = 16;

/// What came of using a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    /// It was good, and is no longer.
    Good {
        /// The account it was made for.
        account: Uuid,
    },
    /// Its time is over.
    Expired,
    /// It was used before.
    Used,
    /// It was never made here, or for something else.
    Unknown,
}

impl Redeemed {
    /// The account of a good token.
    ///
    /// # Errors
    /// 422 with the code `token_expired`, `token_used` or `token_unknown`.
    pub fn account(self) -> Result<Uuid, Fault> {
        let (code, message) = match self {
            Self::Good { account } => return Ok(account),
            Self::Expired => ("token_expired", "is too old; ask for another one"),
            Self::Used => (
                "token_used",
                "was used before, or another one took its place",
            ),
            Self::Unknown => (
                "token_unknown",
                "was not made here or not for this; copy the whole of it from the mail",
            ),
        };
        let mut fault = Fault::unprocessable("token", message);
        fault.code = code;
        Err(fault)
    }
}

/// The text of a token.
pub fn text(secret: &ServerSecret, purpose: Purpose, id: Uuid) -> String {
    let proof = secret.derive(purpose, &[id.as_bytes()]);
    URL_SAFE_NO_PAD.encode([id.as_bytes().as_slice(), &proof].concat())
}

/// The id in a token's text; `None` when it was not made here for this purpose.
pub fn parse(secret: &ServerSecret, purpose: Purpose, text: &str) -> Option<Uuid> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
    if bytes.len() != ID_BYTES + DERIVED_BYTES {
        return None;
    }
    let (id, proof) = bytes.split_at(ID_BYTES);
    let id = Uuid::from_slice(id).ok()?;
    secret
        .matches(purpose, &[id.as_bytes()], proof)
        .then_some(id)
}

/// Makes a token for an account; older ones of the same purpose no longer work.
pub async fn create(
    foundation: &Foundation,
    transaction: &DatabaseTransaction,
    account: Uuid,
    purpose: Purpose,
    lifetime_millis: i64,
) -> Result<Uuid, DbErr> {
    let now = foundation.now();
    Entity::update_many()
        .col_expr(Column::UsedAt, now.into())
        .filter(Column::AccountId.eq(account))
        .filter(Column::Purpose.eq(name(purpose)))
        .filter(Column::UsedAt.is_null())
        .exec(transaction)
        .await?;
    let row = Model {
        id: foundation.identifier(),
        account_id: account,
        purpose: name(purpose).to_owned(),
        created_at: now,
        expires_at: now + lifetime_millis,
        used_at: None,
    };
    let id = row.id;
    insert(transaction, row).await?;
    Ok(id)
}

/// Uses a token: of many that try at once, one succeeds.
pub async fn redeem(
    foundation: &Foundation,
    transaction: &DatabaseTransaction,
    purpose: Purpose,
    text: &str,
) -> Result<Redeemed, DbErr> {
    let Some(id) = parse(&foundation.secret, purpose, text) else {
        return Ok(Redeemed::Unknown);
    };
    let now = foundation.now();
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, now.into())
        .filter(Column::Id.eq(id))
        .filter(Column::Purpose.eq(name(purpose)))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(transaction)
        .await?;
    let Some(row) = find(transaction, id).await? else {
        return Ok(Redeemed::Unknown);
    };
    Ok(match row {
        row if used.rows_affected == 1 => Redeemed::Good {
            account: row.account_id,
        },
        row if row.used_at.is_some() => Redeemed::Used,
        _ => Redeemed::Expired,
    })
}

async fn find(database: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(database).await
}

/// As rows have it.
fn name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::VerifyEmail => "verify_email",
        Purpose::ResetPassword => "reset_password",
        Purpose::NewDevice => "new_device",
        _ => "other",
    }
}

/// The account that a token was made for.
pub async fn account(database: &impl ConnectionTrait, id: Uuid) -> Result<Option<Uuid>, DbErr> {
    Ok(find(database, id).await?.map(|row| row.account_id))
}

/// Removes tokens whose time was over before.
pub async fn remove_expired(database: &impl ConnectionTrait, before: i64) -> Result<u64, DbErr> {
    let removed = Entity::delete_many()
        .filter(Column::ExpiresAt.lt(before))
        .exec(database)
        .await?;
    Ok(removed.rows_affected)
}
