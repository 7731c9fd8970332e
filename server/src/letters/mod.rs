//! Mails to the owners of accounts.
//!
//! use case -> [`queue`] (a job, in the use case's transaction) -> [`LetterJob`]: makes the links,
//! fills the [`Template`](crate::mail::Template) in and hands the mail to the mailer.
//!
//! A queued letter names its tokens by their ids; their texts are derived when it is sent, so
//! that the queue never holds anything that opens an account.

mod letter;
mod send;

pub use letter::{Letter, Place, Recipient, queue};
pub use send::{LetterJob, link};
