//! Refreshing: a token for its child, and an access token beside it.

use sea_orm::DatabaseTransaction;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Families, SignedTokens, families::digest, store};
use crate::{
    entity::{refresh_token, session},
    features::accounts::AccountService,
    http::{Fault, Origin},
    letters::{self, Letter},
    ports::{AuditCategory, AuditEvent},
};
use axum::http::StatusCode;

/// Milliseconds in which a used token is answered again: its reply may have been lost.
const LOST_REPLY: i64 = 10_000;

/// What a login or a refresh gives.
#[derive(Clone, Serialize, ToSchema)]
pub struct TokenPair {
    /// To be sent as `Authorization: Bearer`.
    #[schema(
        example = "eyJhbGciOiJFZERTQSIsImtpZCI6IjY4NSJ9.eyJpc3MiOiJsb2N1dG9yIn0.c2lnbmF0dXJl"
    )]
    pub access_token: String,
    /// To be exchanged once for the next pair.
    #[schema(example = "lrt_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    pub refresh_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds that the access token lives.
    #[schema(example = 600)]
    pub expires_in: i64,
    /// Seconds until the session ends, if it is not used.
    #[schema(example = 1_209_600)]
    pub refresh_expires_in: i64,
}

/// What a token turned out to be.
enum Found {
    /// The session goes on with this child.
    Goes {
        session: session::Model,
        child: String,
    },
    /// The family ended, because a used token came again.
    Stolen { session: session::Model },
}

/// Exchanges refresh tokens.
#[derive(Clone)]
pub struct Refresh {
    families: Families,
    tokens: SignedTokens,
    accounts: AccountService,
}

impl Refresh {
    /// Works on these families.
    pub fn new(families: Families, tokens: SignedTokens, accounts: AccountService) -> Self {
        Self {
            families,
            tokens,
            accounts,
        }
    }

    /// The next pair for a refresh token.
    ///
    /// # Errors
    /// 401 for a token that is unknown, too old or was used; in the last case the session ends.
    pub async fn refresh(&self, token: &str, origin: &Origin) -> Result<TokenPair, Fault> {
        let foundation = &self.families.foundation;
        let digest = digest(token);
        // Nothing is written for a text that is no token of ours.
        let known = store::find_token(foundation.database.reader(), &digest).await?;
        let known = known.ok_or_else(unknown)?;
        let transaction = foundation.database.begin().await?;
        let found = self.exchange(&transaction, token, &known, origin).await?;
        match found {
            Found::Goes { session, child } => {
                transaction.commit().await?;
                self.pair(&session, child)
            }
            Found::Stolen { session } => {
                self.end_stolen(transaction, &session, origin).await?;
                Err(reused())
            }
        }
    }

    /// The pair of a session and its refresh token.
    pub(super) fn pair(
        &self,
        session: &session::Model,
        refresh_token: String,
    ) -> Result<TokenPair, Fault> {
        let now = self.families.foundation.now();
        let end = session.expires_at.min(now + self.families.idle());
        Ok(TokenPair {
            access_token: self.tokens.sign(session.account_id, session.id)?,
            refresh_token,
            token_type: "Bearer",
            expires_in: self.tokens.lifetime(),
            refresh_expires_in: (end - now) / 1000,
        })
    }

    async fn exchange(
        &self,
        transaction: &DatabaseTransaction,
        token: &str,
        known: &refresh_token::Model,
        origin: &Origin,
    ) -> Result<Found, Fault> {
        let now = self.families.foundation.now();
        let first = store::consume_token(transaction, &known.digest, now).await?;
        let session = store::find(transaction, known.session_id).await?;
        let session = session.ok_or_else(unknown)?;
        let lives =
            session.ended_at.is_none() && session.idle_expires_at > now && session.expires_at > now;
        if !lives {
            return Err(over());
        }
        let child = self.families.child(session.id, token);
        if first {
            let times = (now, now + self.families.idle());
            let address = origin.address.to_string();
            if !store::touch(transaction, session.id, times, &address).await? {
                return Err(over());
            }
            self.families
                .remember(transaction, session.id, &child)
                .await?;
            return Ok(Found::Goes { session, child });
        }
        // Read again: another request may have used it since it was looked up.
        let used = store::find_token(transaction, &known.digest).await?;
        let used_at = used.and_then(|row| row.consumed_at).unwrap_or(0);
        if now - used_at <= LOST_REPLY {
            return Ok(Found::Goes { session, child });
        }
        Ok(Found::Stolen { session })
    }

    async fn end_stolen(
        &self,
        transaction: DatabaseTransaction,
        session: &session::Model,
        origin: &Origin,
    ) -> Result<(), Fault> {
        let foundation = &self.families.foundation;
        let ended = self
            .families
            .end(&transaction, session.account_id, session.id, "reuse")
            .await?;
        if ended {
            let recipient = self
                .accounts
                .recipient(&transaction, session.account_id)
                .await?;
            if let Some(recipient) = recipient {
                let letter = Letter::TokenReuse(origin.into());
                letters::queue(foundation, &transaction, recipient, letter).await?;
            }
            let event = AuditEvent::new(AuditCategory::Security, "session.token_reuse")
                .failed()
                .on("session", session.id)
                .detail("account", session.account_id.to_string())
                .from(origin);
            foundation.audit.record(&transaction, event).await?;
        }
        transaction.commit().await?;
        self.families.forget_callers();
        Ok(())
    }
}

fn unknown() -> Fault {
    refused(
        "refresh_token_unknown",
        "this refresh token is unknown; log in again",
    )
}

fn over() -> Fault {
    refused("session_over", "this session is over; log in again")
}

fn reused() -> Fault {
    refused(
        "refresh_token_reused",
        "this refresh token was used before, so somebody else may have it: the session was ended; log in again",
    )
}

fn refused(code: &'static str, message: &str) -> Fault {
    Fault::new(StatusCode::UNAUTHORIZED, code, message)
}
