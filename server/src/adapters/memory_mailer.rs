//! A mailer for tests: it keeps what it is given.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::ports::{Mail, MailError, Mailer};

/// All mails, in their order.
#[derive(Debug, Default)]
pub struct MemoryMailer(Mutex<Vec<Mail>>);

impl MemoryMailer {
    /// What was sent so far.
    pub fn sent(&self) -> Vec<Mail> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.push(mail.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::mail_message::tests::mail;

    #[tokio::test]
    async fn it_keeps_what_it_is_given() {
        let mailer = MemoryMailer::default();
        mailer.send(&mail()).await.unwrap();
        assert_eq!(mailer.sent(), [mail()]);
    }
}
