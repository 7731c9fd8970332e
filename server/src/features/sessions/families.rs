//! Families of refresh tokens: begun, listed, ended. They know nothing of passwords.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, DbErr};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Session, store};
use crate::{
    access::CallerCache,
    config::Auth,
    database,
    entity::{refresh_token, session},
    foundation::{DAY, Foundation},
    http::Origin,
    secrets::Purpose,
};

/// What refresh tokens begin with, so that people and scanners of leaked secrets know them.
const MARK: &str = "lrt_";

/// The sessions' rows; clones share everything.
#[derive(Clone)]
pub struct Families {
    pub(super) foundation: Foundation,
    pub(super) settings: Arc<Auth>,
    callers: CallerCache,
}

/// A session and the text of its first refresh token.
pub struct Begun {
    /// The session.
    pub session: session::Model,
    /// The token.
    pub refresh_token: String,
}

impl Families {
    /// Works on the rows of the foundation.
    pub fn new(foundation: Foundation, settings: Arc<Auth>, callers: CallerCache) -> Self {
        Self {
            foundation,
            settings,
            callers,
        }
    }

    /// Begins a session.
    pub async fn begin(
        &self,
        transaction: &DatabaseTransaction,
        account: Uuid,
        organisation: Uuid,
        origin: &Origin,
    ) -> Result<Begun, DbErr> {
        let now = self.foundation.now();
        let session = session::Model {
            id: self.foundation.identifier(),
            account_id: account,
            organisation_id: organisation,
            agent: origin.agent.clone(),
            address: origin.address.to_string(),
            created_at: now,
            last_used_at: now,
            idle_expires_at: now + self.idle(),
            expires_at: now + i64::from(self.settings.session_days) * DAY,
            ended_at: None,
            end_reason: None,
        };
        let mut secret = [0; 32];
        self.foundation.randomness.fill(&mut secret);
        let refresh_token = text(&secret);
        database::insert(transaction, session.clone()).await?;
        self.remember(transaction, session.id, &refresh_token)
            .await?;
        Ok(Begun {
            session,
            refresh_token,
        })
    }

    /// Keeps the digest of a refresh token.
    pub(super) async fn remember(
        &self,
        transaction: &DatabaseTransaction,
        session: Uuid,
        token: &str,
    ) -> Result<(), DbErr> {
        let row = refresh_token::Model {
            digest: digest(token),
            session_id: session,
            created_at: self.foundation.now(),
            consumed_at: None,
        };
        database::insert(transaction, row).await
    }

    /// The one token that follows another: the same, however often it is asked for.
    pub(super) fn child(&self, session: Uuid, token: &str) -> String {
        let inputs = [session.as_bytes().as_slice(), token.as_bytes()];
        text(
            &self
                .foundation
                .secret
                .derive(Purpose::RefreshToken, &inputs),
        )
    }

    /// An account's sessions that live, or all of them, latest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self, account: Uuid, current: Option<Uuid>) -> Result<Vec<Session>, DbErr> {
        let rows = store::list(self.foundation.database.reader(), account).await?;
        Ok(rows
            .into_iter()
            .map(|row| Session::new(row, current))
            .collect())
    }

    /// Ends one session of an account; `false` when it has none like that which lives.
    pub async fn end(
        &self,
        transaction: &DatabaseTransaction,
        account: Uuid,
        session: Uuid,
        reason: &str,
    ) -> Result<bool, DbErr> {
        let which = Condition::all()
            .add(session::Column::Id.eq(session))
            .add(session::Column::AccountId.eq(account));
        let ended = store::end(transaction, which, reason, self.foundation.now()).await?;
        Ok(ended > 0)
    }

    /// Ends all sessions of an account, except the spared one.
    pub async fn end_all(
        &self,
        transaction: &DatabaseTransaction,
        account: Uuid,
        spared: Option<Uuid>,
        reason: &str,
    ) -> Result<u64, DbErr> {
        let mut which = Condition::all().add(session::Column::AccountId.eq(account));
        if let Some(spared) = spared {
            which = which.add(session::Column::Id.ne(spared));
        }
        store::end(transaction, which, reason, self.foundation.now()).await
    }

    /// After a commit that ended sessions: their access tokens open nothing any more.
    pub fn forget_callers(&self) {
        self.callers.clear();
    }

    /// Removes sessions and counts that were over before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tidy(&self, transaction: &DatabaseTransaction, before: i64) -> Result<(), DbErr> {
        store::remove_ended(transaction, before).await?;
        store::remove_guards(transaction, before).await?;
        Ok(())
    }

    /// Forgets devices that nobody used since.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_devices(
        &self,
        transaction: &DatabaseTransaction,
        before: i64,
    ) -> Result<(), DbErr> {
        store::remove_devices(transaction, before).await
    }

    /// Milliseconds after which an unused session ends.
    pub(super) fn idle(&self) -> i64 {
        i64::from(self.settings.idle_days) * DAY
    }
}

/// What is kept of a refresh token.
pub(super) fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

fn text(secret: &[u8; 32]) -> String {
    format!("{MARK}{}", URL_SAFE_NO_PAD.encode(secret))
}
