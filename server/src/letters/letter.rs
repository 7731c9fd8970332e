//! What a letter says, as the queue keeps it.

use sea_orm::{DatabaseTransaction, DbErr};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{entity::account, foundation::Foundation, http::Origin, ports::NewJob};

/// Kind of these jobs.
pub(super) const SEND: &str = "mail.send";
/// Attempts to send one: a mail server may be away for a day.
const ATTEMPTS: u32 = 36;

/// To whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recipient {
    /// The address.
    pub email: String,
    /// What to call the person.
    pub name: String,
}

impl From<&account::Model> for Recipient {
    fn from(row: &account::Model) -> Self {
        Self {
            email: row.email.clone(),
            name: row.name.clone(),
        }
    }
}

/// From where something was done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Place {
    /// The client's address.
    pub address: String,
    /// What the client said it was.
    pub device: String,
}

/// What it says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    /// Please prove that this address is yours.
    VerifyEmail {
        /// The token.
        token: Uuid,
        /// How long it works.
        hours: u32,
    },
    /// Somebody registered your address, which has an account.
    AccountExists,
    /// Here you can set a new password.
    PasswordReset {
        /// The token.
        token: Uuid,
        /// How long it works.
        minutes: u32,
    },
    /// Your password was changed.
    PasswordChanged(Place),
    /// A refresh token came twice; its session was ended.
    TokenReuse(Place),
    /// Too many failed logins.
    LockedOut {
        /// From where the last came.
        place: Place,
        /// For how long nobody can log in from there.
        minutes: u32,
    },
    /// Somebody has the password on a device that is not known.
    NewDevice {
        /// The token.
        token: Uuid,
        /// How long it works.
        minutes: u32,
        /// From where.
        place: Place,
    },
    /// You are invited.
    Invitation {
        /// The invitation.
        invitation: Uuid,
        /// Who invites.
        inviter: String,
        /// To which organisation.
        organisation: String,
        /// As what.
        role: String,
        /// How long it can be accepted.
        days: u32,
    },
    /// An alert rule fired, or is over.
    Alert {
        /// Its name.
        rule: String,
        /// What it saw.
        message: String,
        /// When, in milliseconds since 1970.
        at: i64,
    },
}

/// A letter in the queue.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Queued {
    /// To whom.
    pub recipient: Recipient,
    /// What.
    pub letter: Letter,
    /// When it was written, in milliseconds since 1970.
    pub at: i64,
}

impl From<&Origin> for Place {
    fn from(origin: &Origin) -> Self {
        Self {
            address: origin.address.to_string(),
            device: origin.agent.clone(),
        }
    }
}

/// Queues a letter in the transaction that has something to tell.
///
/// # Errors
/// When the database fails.
pub async fn queue(
    foundation: &Foundation,
    transaction: &DatabaseTransaction,
    recipient: Recipient,
    letter: Letter,
) -> Result<(), DbErr> {
    let queued = Queued {
        recipient,
        letter,
        at: foundation.now(),
    };
    let job = NewJob::carrying(SEND, &queued)?.attempts(ATTEMPTS);
    foundation.jobs.enqueue(transaction, job).await.map(drop)
}
