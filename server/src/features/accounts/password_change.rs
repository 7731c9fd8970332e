//! New passwords: by a mailed token, or by the one who knows the old one.

use sea_orm::DatabaseTransaction;

use super::{AccountService, errands::Errand, one_time_token, store};
use crate::{
    access::{Actor, Caller},
    entity::{account, former_password},
    http::{EmailAddress, Fault, Origin},
    letters::{self, Letter, Recipient},
    ports::{AuditCategory, AuditEvent},
    secrets::Purpose,
};

impl AccountService {
    /// Mails a token to set a new password, if the address has an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forgot(&self, email: &EmailAddress) -> Result<(), Fault> {
        self.run_errand(&Errand::Forgot {
            email_key: email.canonical(),
        })
        .await
    }

    /// Sets a new password by a mailed token and ends every session.
    ///
    /// # Errors
    /// 422 for a token that is no good, or a password that breaks the rules.
    pub async fn reset(&self, token: &str, password: &str, origin: &Origin) -> Result<(), Fault> {
        let purpose = Purpose::ResetPassword;
        let database = &self.foundation.database;
        let id = one_time_token::parse(&self.foundation.secret, purpose, token);
        let account = match id {
            Some(id) => one_time_token::account(database.reader(), id).await?,
            None => None,
        };
        let Some(account) = account else {
            return one_time_token::Redeemed::Unknown.account().map(drop);
        };
        let row = self.row(account).await?;
        let hash = self.changed_hash(&row, password).await?;
        let transaction = database.begin().await?;
        one_time_token::redeem(&self.foundation, &transaction, purpose, token)
            .await?
            .account()?;
        self.store_password(&transaction, &row, hash, origin)
            .await?;
        self.families
            .end_all(&transaction, row.id, None, "password")
            .await?;
        let event = AuditEvent::new(AuditCategory::Security, "password.reset")
            .on("account", row.id)
            .from(origin);
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        self.families.forget_callers();
        Ok(())
    }

    /// Sets a new password and ends the caller's other sessions.
    ///
    /// # Errors
    /// 403 for a wrong current password; 422 for a new one that breaks the rules.
    pub async fn change(
        &self,
        caller: &Caller,
        current: &str,
        new: &str,
        origin: &Origin,
    ) -> Result<(), Fault> {
        let row = self.confirmed(caller, current, origin).await?;
        let hash = self.changed_hash(&row, new).await?;
        let transaction = self.foundation.database.begin().await?;
        self.store_password(&transaction, &row, hash, origin)
            .await?;
        let spared = match caller.actor {
            Actor::User { session, .. } => Some(session),
            Actor::Key { .. } => None,
        };
        self.families
            .end_all(&transaction, row.id, spared, "password")
            .await?;
        let event = AuditEvent::new(AuditCategory::Security, "password.change")
            .by(caller.actor, Some(caller.organisation))
            .on("account", row.id)
            .from(origin);
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        self.families.forget_callers();
        Ok(())
    }

    /// The hash of a password that keeps the rules and is none of the account's last ones.
    async fn changed_hash(&self, row: &account::Model, password: &str) -> Result<String, Fault> {
        let hash = self.new_hash(password, &[&row.name, &row.email]).await?;
        let former = self.settings.password.former;
        if former == 0 {
            return Ok(hash);
        }
        let reader = self.foundation.database.reader();
        // The present one is the latest of them.
        let mut taken = store::former_passwords(reader, row.id, former - 1).await?;
        taken.push(row.password.clone());
        let password = super::normalised(password);
        if self.hashing.is_one_of(&password, taken).await? {
            let message = format!("is one of this account's last {former} passwords; take another");
            return Err(Fault::unprocessable("password", message));
        }
        Ok(hash)
    }

    async fn store_password(
        &self,
        transaction: &DatabaseTransaction,
        row: &account::Model,
        hash: String,
        origin: &Origin,
    ) -> Result<(), Fault> {
        let remembered = former_password::Model {
            id: self.foundation.identifier(),
            account_id: row.id,
            password: row.password.clone(),
            created_at: self.foundation.now(),
        };
        let former = self.settings.password.former;
        store::set_password(transaction, row, hash, remembered, former).await?;
        let recipient = Recipient::from(row);
        let letter = Letter::PasswordChanged(origin.into());
        letters::queue(&self.foundation, transaction, recipient, letter).await?;
        Ok(())
    }
}
