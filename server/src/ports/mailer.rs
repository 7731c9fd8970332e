//! Mail.

use async_trait::async_trait;

/// Hands mail over for delivery.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a message over; it may arrive more than once, never less when this succeeds.
    ///
    /// # Errors
    /// Why it was not accepted.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Address of the recipient.
    pub to: String,
    /// Subject, one line.
    pub subject: String,
    /// Body as plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// Identifies the message, so that a second delivery can be told from a second message.
    pub id: uuid::Uuid,
}

/// Why a message was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It may be accepted later: the server is away or busy.
    #[error("the mail could not be handed over: {0}")]
    Passing(String),
    /// It never will be, e.g. because the address is none.
    #[error("the mail was refused: {0}")]
    Lasting(String),
}
