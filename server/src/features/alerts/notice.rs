//! Telling people and programs what happened to a rule.

use sea_orm::{DatabaseTransaction, DbErr};

use super::{
    definition::recipients,
    view::AlertTrial,
    webhook::{Happening, WebHook, WebHookJob},
};
use crate::{
    entity::alert_rule::Model,
    foundation::{Foundation, timestamp},
    letters::{self, Letter, Recipient},
    ports::NewJob,
};

/// What there is to tell.
#[derive(Debug, Clone)]
pub struct Notice {
    /// What happened.
    pub happening: Happening,
    /// The circumstances, in words.
    pub text: String,
    /// What was compared.
    pub measured: Option<f64>,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

impl Notice {
    /// All of it in words.
    pub fn message(&self) -> String {
        let word = match self.happening {
            Happening::Firing => "Firing",
            Happening::Resolved => "Over",
            Happening::Test => "Only a test",
        };
        format!("{word}: {}", self.text)
    }
}

/// Queues a letter to each recipient of a rule and its web hook, in the transaction that has something to tell.
///
/// # Errors
/// When the database fails.
pub async fn tell(
    foundation: &Foundation,
    transaction: &DatabaseTransaction,
    rule: &Model,
    notice: &Notice,
) -> Result<AlertTrial, DbErr> {
    let addresses = recipients(rule).unwrap_or_default();
    let mails = addresses.len();
    for email in addresses {
        let recipient = Recipient {
            name: email.clone(),
            email,
        };
        let letter = Letter::Alert {
            rule: rule.name.clone(),
            message: notice.message(),
            at: notice.at,
        };
        letters::queue(foundation, transaction, recipient, letter).await?;
    }
    let webhook = rule.webhook_url.is_some();
    if webhook {
        let job = NewJob::carrying(WebHookJob::KIND, &payload(foundation, rule, notice))?;
        foundation.jobs.enqueue(transaction, job).await?;
    }
    Ok(AlertTrial { mails, webhook })
}

fn payload(foundation: &Foundation, rule: &Model, notice: &Notice) -> WebHook {
    WebHook {
        id: foundation.identifier(),
        rule: rule.id,
        name: rule.name.clone(),
        state: notice.happening,
        message: notice.message(),
        measured: notice.measured,
        at: timestamp(notice.at),
    }
}
