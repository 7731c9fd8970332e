//! What a request leaves to be done so that neither its reply nor its time tells whether an
//! account exists: a job looks, makes the token and queues the mail.

use async_trait::async_trait;
use sea_orm::{DatabaseTransaction, DbErr};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{one_time_token, store};
use crate::{
    config::Auth,
    entity::account,
    foundation::{Foundation, MINUTE},
    letters::{self, Letter, Place, Recipient},
    ports::{Effects, JobError, JobHandler, NewJob, RunningJob},
    secrets::Purpose,
};

/// Kind of these jobs.
pub const ERRAND: &str = "accounts.errand";

/// What is to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "errand", rename_all = "snake_case")]
pub enum Errand {
    /// Somebody registered: mail the token, or tell the owner that they have an account.
    Registered {
        /// The token that proves the address.
        token: Uuid,
    },
    /// Mail the token of an address that waits for its proof once more.
    Resend {
        /// The canonical address.
        email_key: String,
    },
    /// Mail a link to set a new password.
    Forgot {
        /// The canonical address.
        email_key: String,
    },
    /// Mail a link to log in from a new device.
    NewDevice {
        /// The account, whose password was given.
        account: Uuid,
        /// From where.
        place: Place,
    },
}

/// Queues an errand in the transaction.
pub async fn queue(
    foundation: &Foundation,
    transaction: &DatabaseTransaction,
    errand: &Errand,
) -> Result<(), DbErr> {
    let job = NewJob::carrying(ERRAND, errand)?;
    foundation.jobs.enqueue(transaction, job).await.map(drop)
}

/// Does the errands.
pub struct ErrandJob {
    foundation: Foundation,
    settings: std::sync::Arc<Auth>,
}

impl ErrandJob {
    /// Works on the rows of the foundation.
    pub fn new(foundation: Foundation, settings: std::sync::Arc<Auth>) -> Self {
        Self {
            foundation,
            settings,
        }
    }
}

#[async_trait]
impl JobHandler for ErrandJob {
    fn kind(&self) -> &'static str {
        ERRAND
    }

    async fn work(&self, job: &RunningJob) -> Result<Effects, JobError> {
        let errand: Errand = serde_json::from_value(job.payload.clone())
            .map_err(|error| JobError::Lasting(error.to_string()))?;
        let worker = Worker {
            foundation: self.foundation.clone(),
            settings: std::sync::Arc::clone(&self.settings),
        };
        Ok(Effects::new(move |transaction| {
            Box::pin(async move {
                worker
                    .run(transaction, errand)
                    .await
                    .map_err(JobError::from)
            })
        }))
    }
}

struct Worker {
    foundation: Foundation,
    settings: std::sync::Arc<Auth>,
}

impl Worker {
    async fn run(&self, transaction: &DatabaseTransaction, errand: Errand) -> Result<(), DbErr> {
        match errand {
            Errand::Registered { token } => self.registered(transaction, token).await,
            Errand::Resend { email_key } => self.resend(transaction, &email_key).await,
            Errand::Forgot { email_key } => self.forgot(transaction, &email_key).await,
            Errand::NewDevice { account, place } => {
                self.new_device(transaction, account, place).await
            }
        }
    }

    async fn registered(
        &self,
        transaction: &DatabaseTransaction,
        token: Uuid,
    ) -> Result<(), DbErr> {
        let Some(account) = one_time_token::account(transaction, token).await? else {
            return Ok(());
        };
        let Some(row) = store::find(transaction, account).await? else {
            return Ok(());
        };
        let owner = store::find_verified(transaction, &row.email_key).await?;
        let (to, letter) = match &owner {
            Some(owner) => (owner, Letter::AccountExists),
            None => (&row, self.verification(token)),
        };
        self.send(transaction, to, letter).await
    }

    async fn resend(
        &self,
        transaction: &DatabaseTransaction,
        email_key: &str,
    ) -> Result<(), DbErr> {
        let Some(row) = store::find_latest_unverified(transaction, email_key).await? else {
            return Ok(());
        };
        let hours = i64::from(self.settings.verification_hours);
        let token = self
            .token(transaction, &row, Purpose::VerifyEmail, hours * 60 * MINUTE)
            .await?;
        self.send(transaction, &row, self.verification(token)).await
    }

    async fn forgot(
        &self,
        transaction: &DatabaseTransaction,
        email_key: &str,
    ) -> Result<(), DbErr> {
        let Some(row) = store::find_verified(transaction, email_key).await? else {
            return Ok(());
        };
        let minutes = self.settings.recovery_minutes;
        let token = self
            .token(
                transaction,
                &row,
                Purpose::ResetPassword,
                i64::from(minutes) * MINUTE,
            )
            .await?;
        self.send(transaction, &row, Letter::PasswordReset { token, minutes })
            .await
    }

    async fn new_device(
        &self,
        transaction: &DatabaseTransaction,
        account: Uuid,
        place: Place,
    ) -> Result<(), DbErr> {
        let Some(row) = store::find(transaction, account).await? else {
            return Ok(());
        };
        let minutes = self.settings.recovery_minutes;
        let token = self
            .token(
                transaction,
                &row,
                Purpose::NewDevice,
                i64::from(minutes) * MINUTE,
            )
            .await?;
        self.send(
            transaction,
            &row,
            Letter::NewDevice {
                token,
                minutes,
                place,
            },
        )
        .await
    }

    fn verification(&self, token: Uuid) -> Letter {
        let hours = self.settings.verification_hours;
        Letter::VerifyEmail { token, hours }
    }

    async fn token(
        &self,
        transaction: &DatabaseTransaction,
        account: &account::Model,
        purpose: Purpose,
        lifetime_millis: i64,
    ) -> Result<Uuid, DbErr> {
        one_time_token::create(
            &self.foundation,
            transaction,
            account.id,
            purpose,
            lifetime_millis,
        )
        .await
    }

    async fn send(
        &self,
        transaction: &DatabaseTransaction,
        account: &account::Model,
        letter: Letter,
    ) -> Result<(), DbErr> {
        let recipient = Recipient::from(account);
        letters::queue(&self.foundation, transaction, recipient, letter).await
    }
}
