//! What the use cases of accounts share; each group of them has its own file.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use uuid::Uuid;

use super::{
    Account, PasswordHashing, SecondFactor,
    errands::{self, Errand},
    store,
};
use crate::{
    access::Caller,
    config::Auth,
    entity::account,
    features::{organisations::OrganisationService, sessions::Families},
    foundation::Foundation,
    http::{Fault, Origin},
    letters::Recipient,
    ports::{AuditCategory, AuditEvent},
};

/// The use cases of accounts; clones share everything.
#[derive(Clone)]
pub struct AccountService {
    pub(super) foundation: Foundation,
    pub(super) settings: Arc<Auth>,
    pub(super) hashing: PasswordHashing,
    pub(super) families: Families,
    pub(super) organisations: OrganisationService,
}

impl AccountService {
    /// Works on the rows of the foundation.
    pub fn new(
        foundation: Foundation,
        settings: Arc<Auth>,
        families: Families,
        organisations: OrganisationService,
    ) -> Self {
        let hashing =
            PasswordHashing::new(settings.hashing_threads, Arc::clone(&foundation.randomness));
        Self {
            foundation,
            settings,
            hashing,
            families,
            organisations,
        }
    }

    /// The account whose address is proved, as its row.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_verified(&self, email_key: &str) -> Result<Option<account::Model>, DbErr> {
        store::find_verified(self.foundation.database.reader(), email_key).await
    }

    /// Compares a password with the account's, or with nobody's in the same time. A hash of
    /// yesterday's strength is made anew.
    ///
    /// # Errors
    /// 503 when too many passwords are being checked.
    pub async fn check_password(
        &self,
        account: Option<&account::Model>,
        password: &str,
    ) -> Result<bool, Fault> {
        let password = super::normalised(password);
        let hash = account.map(|account| account.password.clone());
        let found = self.hashing.verify(password.clone(), hash).await?;
        if let Some(account) = account.filter(|_| found.same && found.outdated) {
            let hash = self.hashing.hash(password).await?;
            store::rehash(self.foundation.database.writer(), account, hash).await?;
        }
        Ok(found.same)
    }

    /// The second factor's use cases.
    pub fn second_factor(&self) -> SecondFactor {
        SecondFactor::new(self.foundation.clone())
    }

    /// The caller's own account.
    ///
    /// # Errors
    /// 401 when it is gone.
    pub async fn me(&self, caller: &Caller) -> Result<Account, Fault> {
        let row = self.row(caller.actor.id()).await?;
        let organisations = self.organisations.of_account(row.id).await?;
        Ok(Account::new(row, organisations))
    }

    /// The canonical form of the caller's address.
    ///
    /// # Errors
    /// 401 when the account is gone.
    pub async fn email_key(&self, caller: &Caller) -> Result<String, Fault> {
        Ok(self.row(caller.actor.id()).await?.email_key)
    }

    /// What to call whoever calls; `None` for keys.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn name_of(&self, caller: &Caller) -> Result<Option<String>, DbErr> {
        let reader = self.foundation.database.reader();
        let row = store::find(reader, caller.actor.id()).await?;
        Ok(row.map(|row| row.name))
    }

    /// Whom to write to about an account; `None` when it is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recipient(
        &self,
        database: &impl ConnectionTrait,
        account: Uuid,
    ) -> Result<Option<Recipient>, DbErr> {
        let row = store::find(database, account).await?;
        Ok(row.as_ref().map(Recipient::from))
    }

    /// Whether the account may manage the server as a whole.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_instance_admin(&self, account: Uuid) -> Result<bool, DbErr> {
        let row = store::find(self.foundation.database.reader(), account).await?;
        Ok(row.is_some_and(|row| row.instance_admin))
    }

    /// Mails a link that lets a new device log in, once the transaction commits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mail_new_device(
        &self,
        transaction: &DatabaseTransaction,
        account: Uuid,
        origin: &Origin,
    ) -> Result<(), DbErr> {
        let place = origin.into();
        let errand = Errand::NewDevice { account, place };
        errands::queue(&self.foundation, transaction, &errand).await
    }

    /// Changes the caller's name.
    ///
    /// # Errors
    /// 401 when the account is gone.
    pub async fn rename(
        &self,
        caller: &Caller,
        name: &str,
        origin: &Origin,
    ) -> Result<Account, Fault> {
        let id = caller.actor.id();
        let transaction = self.foundation.database.begin().await?;
        store::rename(&transaction, id, name, self.foundation.now()).await?;
        let event = AuditEvent::new(AuditCategory::User, "account.rename")
            .by(caller.actor, Some(caller.organisation))
            .on("account", id)
            .from(origin);
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        self.me(caller).await
    }

    /// Removes the caller's account, its sessions and its personal organisation.
    ///
    /// # Errors
    /// 403 for a wrong password; 409 while an organisation would be left without an owner.
    pub async fn remove(
        &self,
        caller: &Caller,
        password: &str,
        origin: &Origin,
    ) -> Result<(), Fault> {
        let row = self.confirmed(caller, password, origin).await?;
        let transaction = self.foundation.database.begin().await?;
        self.organisations.leave_all(&transaction, row.id).await?;
        store::remove(&transaction, row.id).await?;
        let event = AuditEvent::new(AuditCategory::Security, "account.remove")
            .by(caller.actor, Some(caller.organisation))
            .on("account", row.id)
            .from(origin);
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        self.families.forget_callers();
        Ok(())
    }

    /// The row of an account that was known a moment ago.
    pub(super) async fn row(&self, id: Uuid) -> Result<account::Model, Fault> {
        let row = store::find(self.foundation.database.reader(), id).await?;
        row.ok_or_else(|| {
            Fault::new(
                axum::http::StatusCode::UNAUTHORIZED,
                "account_gone",
                "this account no longer exists",
            )
        })
    }

    /// The caller's row, once the password was given again.
    pub(super) async fn confirmed(
        &self,
        caller: &Caller,
        password: &str,
        origin: &Origin,
    ) -> Result<account::Model, Fault> {
        let row = self.row(caller.actor.id()).await?;
        if self.check_password(Some(&row), password).await? {
            return Ok(row);
        }
        self.note_refusal(caller, "account.confirm_password", origin)
            .await?;
        let mut fault = Fault::invalid("password", "is not this account's password");
        fault.status = axum::http::StatusCode::FORBIDDEN;
        fault.code = "wrong_password";
        Err(fault)
    }

    /// Writes down that somebody who is logged in could not prove to be the owner: it may be somebody
    /// who found the session.
    pub(super) async fn note_refusal(
        &self,
        caller: &Caller,
        action: &'static str,
        origin: &Origin,
    ) -> Result<(), DbErr> {
        let transaction = self.foundation.database.begin().await?;
        let event = AuditEvent::new(AuditCategory::Security, action)
            .failed()
            .by(caller.actor, Some(caller.organisation))
            .on("account", caller.actor.id())
            .from(origin);
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await
    }
}
