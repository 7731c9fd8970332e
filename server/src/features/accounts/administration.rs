//! What whoever has the machine does to accounts, from the command line. Nobody need be logged in
//! and no mail server is needed; every change is in the audit log.

use jiff::Timestamp;
use sea_orm::{DatabaseTransaction, DbErr};
use serde::Serialize;
use uuid::Uuid;

use super::{AccountService, one_time_token, store};
use crate::{
    access::Role,
    entity::account,
    features::organisations::FIRST,
    foundation::{MINUTE, timestamp},
    http::{EmailAddress, Fault, Origin},
    ports::{AuditCategory, AuditEvent},
    secrets::Purpose,
};

/// An account, or a registration that waits for its proof, as a list shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedAccount {
    /// Identifies it.
    pub id: Uuid,
    /// Its address.
    pub email: String,
    /// What to call the person.
    pub name: String,
    /// Whether it may manage the server as a whole.
    pub instance_admin: bool,
    /// Whether the address is proved; until then nobody can log in.
    pub verified: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

impl From<account::Model> for ListedAccount {
    fn from(row: account::Model) -> Self {
        Self {
            id: row.id,
            email: row.email,
            name: row.name,
            instance_admin: row.instance_admin,
            verified: row.verified_at.is_some(),
            created_at: timestamp(row.created_at),
        }
    }
}

impl AccountService {
    /// At most so many accounts, oldest first, beginning behind one of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(&self, after: Option<Uuid>, most: u64) -> Result<Vec<ListedAccount>, DbErr> {
        let reader = self.foundation.database.reader();
        let rows = store::page(reader, after, most).await?;
        Ok(rows.into_iter().map(ListedAccount::from).collect())
    }

    /// Removes an account with its sessions and its personal organisation, or where nobody proved
    /// the address, the registrations that wait for it; how many. None when there is neither.
    ///
    /// # Errors
    /// 409 while an organisation would be left without an owner.
    pub async fn remove_by_email(&self, email: &EmailAddress) -> Result<Option<u64>, Fault> {
        let transaction = self.foundation.database.begin().await?;
        let key = email.canonical();
        let event = AuditEvent::new(AuditCategory::Security, "account.remove");
        let (event, removed) = if let Some(row) = store::find_verified(&transaction, &key).await? {
            self.organisations.leave_all(&transaction, row.id).await?;
            store::remove(&transaction, row.id).await?;
            (event.on("account", row.id), 1)
        } else {
            let removed = store::remove_registrations(&transaction, &key).await?;
            (event.on("registration", email.as_str()), removed)
        };
        if removed == 0 {
            return Ok(None);
        }
        self.record(&transaction, event).await?;
        transaction.commit().await?;
        self.families.forget_callers();
        Ok(Some(removed))
    }

    /// Ends every session of an account and makes a token that sets a new password; the text of the
    /// token. Until then the present password goes on working. None when the address has no account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_reset(&self, email: &EmailAddress) -> Result<Option<String>, Fault> {
        let transaction = self.foundation.database.begin().await?;
        let Some(row) = store::find_verified(&transaction, &email.canonical()).await? else {
            return Ok(None);
        };
        let purpose = Purpose::ResetPassword;
        let lifetime = i64::from(self.settings.recovery_minutes) * MINUTE;
        let foundation = &self.foundation;
        let token =
            one_time_token::create(foundation, &transaction, row.id, purpose, lifetime).await?;
        let ended = self
            .families
            .end_all(&transaction, row.id, None, "reset")
            .await?;
        let event = AuditEvent::new(AuditCategory::Security, "account.reset")
            .on("account", row.id)
            .detail("sessions_ended", ended);
        self.record(&transaction, event).await?;
        transaction.commit().await?;
        self.families.forget_callers();
        Ok(Some(one_time_token::text(
            &self.foundation.secret,
            purpose,
            token,
        )))
    }

    /// Lets an account manage the server as a whole, as an owner of the first organisation too, or
    /// takes both back. None when the address has no account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_instance_admin(
        &self,
        email: &EmailAddress,
        admin: bool,
    ) -> Result<Option<Uuid>, Fault> {
        let transaction = self.foundation.database.begin().await?;
        let Some(row) = store::find_verified(&transaction, &email.canonical()).await? else {
            return Ok(None);
        };
        store::set_instance_admin(&transaction, row.id, admin, self.foundation.now()).await?;
        let role = self
            .organisations
            .role_of(&transaction, FIRST, row.id)
            .await?;
        if !admin {
            self.organisations
                .disown_first(&transaction, row.id)
                .await?;
        } else if role.is_none() {
            self.organisations
                .join(&transaction, FIRST, row.id, Role::Owner)
                .await?;
        }
        let event = AuditEvent::new(AuditCategory::Security, "account.set_admin")
            .on("account", row.id)
            .detail("instance_admin", admin);
        self.record(&transaction, event).await?;
        transaction.commit().await?;
        self.families.forget_callers();
        Ok(Some(row.id))
    }

    async fn record(
        &self,
        transaction: &DatabaseTransaction,
        event: AuditEvent,
    ) -> Result<(), DbErr> {
        let event = event.from(&Origin::command_line());
        self.foundation.audit.record(transaction, event).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::{Role, Scope},
        features::testing::{PASSWORD, credentials, from, newcomer, worlds},
    };

    const ADA: &str = "ada@example.org";

    fn email(text: &str) -> EmailAddress {
        EmailAddress::new(text).unwrap()
    }

    #[tokio::test]
    async fn pages_hold_everybody_once() {
        for world in worlds().await {
            let mut made = Vec::new();
            for number in 0..5 {
                world.wait(std::time::Duration::from_millis(1));
                made.push(world.person(&format!("person{number}@example.org")).await);
            }
            let origin = from("203.0.113.7");
            world.wait(std::time::Duration::from_millis(1));
            world
                .accounts
                .register(newcomer(ADA), &origin)
                .await
                .unwrap();
            let mut found: Vec<ListedAccount> = Vec::new();
            loop {
                let after = found.last().map(|one| one.id);
                let page = world.accounts.page(after, 2).await.unwrap();
                if page.is_empty() {
                    break;
                }
                assert!(page.len() <= 2);
                found.extend(page);
            }
            let waiting = found.pop().unwrap();
            assert_eq!((waiting.email.as_str(), waiting.verified), (ADA, false));
            let ids: Vec<Uuid> = found.iter().map(|one| one.id).collect();
            assert_eq!(ids, made);
            assert!(found.iter().all(|one| one.verified && !one.instance_admin));
        }
    }

    #[tokio::test]
    async fn an_account_is_removed_with_its_sessions_and_so_are_registrations() {
        for world in worlds().await {
            assert_eq!(
                world.accounts.remove_by_email(&email(ADA)).await.unwrap(),
                None
            );
            let id = world.person(ADA).await;
            let session = world.session(ADA).await;
            let removed = world
                .accounts
                .remove_by_email(&email("ADA@example.org"))
                .await;
            assert_eq!(removed.unwrap(), Some(1));
            assert!(world.caller(&session.access_token).await.is_none());
            assert!(world.organisations.of_account(id).await.unwrap().is_empty());
            let origin = from("203.0.113.7");
            for _ in 0..2 {
                world
                    .accounts
                    .register(newcomer(ADA), &origin)
                    .await
                    .unwrap();
            }
            let removed = world.accounts.remove_by_email(&email(ADA)).await.unwrap();
            assert_eq!(removed, Some(2));
            assert!(world.accounts.page(None, 9).await.unwrap().is_empty());
            let actions = world.actions().await;
            let removals = actions.iter().filter(|action| *action == "account.remove");
            assert_eq!(removals.count(), 2);
        }
    }

    #[tokio::test]
    async fn a_reset_ends_sessions_and_its_token_sets_one_new_password() {
        for world in worlds().await {
            let origin = from("203.0.113.7");
            assert_eq!(world.accounts.begin_reset(&email(ADA)).await.unwrap(), None);
            world.person(ADA).await;
            let session = world.session(ADA).await;
            let first = world
                .accounts
                .begin_reset(&email(ADA))
                .await
                .unwrap()
                .unwrap();
            assert!(world.caller(&session.access_token).await.is_none());
            let token = world
                .accounts
                .begin_reset(&email(ADA))
                .await
                .unwrap()
                .unwrap();
            let new = "violet engine crossing meadow";
            let old = world.accounts.reset(&first, new, &origin).await;
            assert_eq!(old.unwrap_err().code, "token_used");
            world.accounts.reset(&token, new, &origin).await.unwrap();
            let login = async |password| {
                let credentials = credentials(ADA, password);
                world.login.login(credentials, &origin).await.is_ok()
            };
            assert!(login(new).await);
            assert!(!login(PASSWORD).await);
            assert!(world.actions().await.contains(&"account.reset".to_owned()));
        }
    }

    #[tokio::test]
    async fn an_administrator_is_made_and_unmade() {
        for world in worlds().await {
            let nobody = world.accounts.set_instance_admin(&email(ADA), true).await;
            assert_eq!(nobody.unwrap(), None);
            let id = world.person(ADA).await;
            let session = world.session(ADA).await;
            let manages = async || {
                let caller = world.caller(&session.access_token).await.unwrap();
                caller.scopes.contains(Scope::InstanceManage)
            };
            let reader = world.foundation.database.reader();
            let role = async || {
                let role = world.organisations.role_of(reader, FIRST, id).await;
                role.unwrap()
            };
            assert!(!manages().await);
            for _ in 0..2 {
                let made = world.accounts.set_instance_admin(&email(ADA), true).await;
                assert_eq!(made.unwrap(), Some(id));
                assert!(manages().await);
                assert_eq!(role().await, Some(Role::Owner));
            }
            for _ in 0..2 {
                let unmade = world.accounts.set_instance_admin(&email(ADA), false).await;
                assert_eq!(unmade.unwrap(), Some(id));
                assert!(!manages().await);
                assert_eq!(role().await, None);
            }
        }
    }
}
