//! The use cases of organisations themselves.

use std::sync::Arc;

use axum::http::StatusCode;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use serde_json::json;
use uuid::Uuid;

use super::{FIRST, Membership, Organisation, store, view::role};
use crate::{
    access::{Caller, Role},
    config::Auth,
    database,
    entity::{membership, organisation},
    features::api_keys::KeyService,
    foundation::Foundation,
    http::{Fault, Origin},
    ports::{AuditCategory, AuditEvent, NewJob},
};

/// Kind of the job that removes what its organisation left behind.
pub const PURGE: &str = "organisations.purge";

/// The use cases of organisations; clones share everything.
#[derive(Clone)]
pub struct OrganisationService {
    pub(super) foundation: Foundation,
    pub(super) settings: Arc<Auth>,
    keys: KeyService,
}

impl OrganisationService {
    /// Works on the rows of the foundation.
    pub fn new(foundation: Foundation, settings: Arc<Auth>, keys: KeyService) -> Self {
        Self {
            foundation,
            settings,
            keys,
        }
    }

    /// Where an account belongs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of_account(&self, account: Uuid) -> Result<Vec<Membership>, DbErr> {
        let rows = store::memberships(self.foundation.database.reader(), account).await?;
        Ok(rows
            .into_iter()
            .map(|(membership, organisation)| Membership {
                organisation: organisation.into(),
                role: role(&membership.role),
            })
            .collect())
    }

    /// What an account is in an organisation; `None` when it is no member.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn role_of(
        &self,
        database: &impl ConnectionTrait,
        organisation: Uuid,
        account: Uuid,
    ) -> Result<Option<Role>, DbErr> {
        let row = store::membership(database, organisation, account).await?;
        Ok(row.map(|row| role(&row.role)))
    }

    /// The organisation a session begins in: the account's own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn home(&self, account: Uuid) -> Result<Uuid, DbErr> {
        let all = self.of_account(account).await?;
        let personal = all.iter().find(|one| one.organisation.personal);
        let home = personal.or(all.first()).map(|one| one.organisation.id);
        // Who belongs nowhere works nowhere: in the nil organisation nobody has a role.
        Ok(home.unwrap_or(Uuid::nil()))
    }

    /// Gives a new account its own organisation.
    pub(in crate::features) async fn found_personal(
        &self,
        transaction: &DatabaseTransaction,
        account: Uuid,
        name: &str,
    ) -> Result<Uuid, DbErr> {
        self.insert(transaction, account, name, true).await
    }

    /// An owner of the first organisation is none any more, nor a member of it.
    pub(in crate::features) async fn disown_first(
        &self,
        transaction: &DatabaseTransaction,
        account: Uuid,
    ) -> Result<(), DbErr> {
        let row = store::membership(transaction, FIRST, account).await?;
        if row.is_some_and(|row| role(&row.role) == Role::Owner) {
            store::leave(transaction, FIRST, account).await?;
        }
        Ok(())
    }

    /// Founds an organisation that the caller owns.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn found(
        &self,
        caller: &Caller,
        name: &str,
        origin: &Origin,
    ) -> Result<Membership, Fault> {
        let transaction = self.foundation.database.begin().await?;
        let account = caller.actor.id();
        let id = self.insert(&transaction, account, name, false).await?;
        let found = store::find(&transaction, id).await?;
        let event = happened("organisation.found").on("organisation", id);
        self.record(&transaction, (caller, origin), id, event)
            .await?;
        transaction.commit().await?;
        let organisation = found.ok_or_else(|| missing(id))?.into();
        Ok(Membership {
            organisation,
            role: Role::Owner,
        })
    }

    /// An organisation that the caller works in.
    ///
    /// # Errors
    /// 404 for every other.
    pub async fn get(&self, caller: &Caller, id: Uuid) -> Result<Organisation, Fault> {
        own(caller, id)?;
        let row = store::find(self.foundation.database.reader(), id).await?;
        row.map(Organisation::from).ok_or_else(|| missing(id))
    }

    /// Renames the organisation that the caller works in.
    ///
    /// # Errors
    /// 404 for every other.
    pub async fn rename(
        &self,
        caller: &Caller,
        id: Uuid,
        name: &str,
        origin: &Origin,
    ) -> Result<Organisation, Fault> {
        own(caller, id)?;
        let transaction = self.foundation.database.begin().await?;
        store::rename(&transaction, id, name, self.foundation.now()).await?;
        let event = happened("organisation.rename").on("organisation", id);
        self.record(&transaction, (caller, origin), id, event)
            .await?;
        transaction.commit().await?;
        self.get(caller, id).await
    }

    /// Removes the organisation that the caller works in, with its keys and documents.
    ///
    /// # Errors
    /// 404 for every other; 409 for a personal one and the first one.
    pub async fn remove(&self, caller: &Caller, id: Uuid, origin: &Origin) -> Result<(), Fault> {
        own(caller, id)?;
        let transaction = self.foundation.database.begin().await?;
        let row = store::lock(&transaction, id).await?;
        let row = row.ok_or_else(|| missing(id))?;
        if row.personal || id == FIRST {
            let message = "a personal organisation goes with its account, and the first one stays";
            return Err(Fault::new(
                StatusCode::CONFLICT,
                "organisation_stays",
                message,
            ));
        }
        self.purge(&transaction, id).await?;
        let event = happened("organisation.remove").on("organisation", id);
        self.record(&transaction, (caller, origin), id, event)
            .await?;
        transaction.commit().await?;
        self.keys.forget_callers();
        Ok(())
    }

    /// Takes an account out of all its organisations, before it is removed.
    pub(in crate::features) async fn leave_all(
        &self,
        transaction: &DatabaseTransaction,
        account: Uuid,
    ) -> Result<(), Fault> {
        // Each round looks at some of them and leaves all of those.
        loop {
            let some = store::memberships(transaction, account).await?;
            if some.is_empty() {
                return Ok(());
            }
            for (membership, organisation) in some {
                self.leave_finally(transaction, &membership, &organisation)
                    .await?;
            }
        }
    }

    async fn leave_finally(
        &self,
        transaction: &DatabaseTransaction,
        membership: &membership::Model,
        organisation: &organisation::Model,
    ) -> Result<(), Fault> {
        let (id, account) = (organisation.id, membership.account_id);
        store::lock(transaction, id).await?;
        let alone = store::other_members(transaction, id, account).await? == 0;
        if organisation.personal || (alone && id != FIRST) {
            return Ok(self.purge(transaction, id).await?);
        }
        let owner = role(&membership.role) == Role::Owner;
        if owner && id != FIRST && store::other_owners(transaction, id, account).await? == 0 {
            return Err(ownerless(&organisation.name));
        }
        store::leave(transaction, id, account).await?;
        Ok(())
    }

    /// Removes invitations that were over before.
    pub(in crate::features) async fn tidy(
        &self,
        transaction: &DatabaseTransaction,
        before: i64,
    ) -> Result<(), DbErr> {
        store::remove_old_invitations(transaction, before).await
    }

    /// Writes down what was done in an organisation: its own log, whoever did it.
    pub(super) async fn record(
        &self,
        transaction: &DatabaseTransaction,
        (caller, origin): (&Caller, &Origin),
        organisation: Uuid,
        event: AuditEvent,
    ) -> Result<(), DbErr> {
        let event = event.by(caller.actor, Some(organisation)).from(origin);
        self.foundation.audit.record(transaction, event).await
    }

    /// After a commit that changed what somebody may do.
    pub(super) fn forget_callers(&self) {
        self.keys.forget_callers();
    }

    pub(in crate::features) async fn join(
        &self,
        transaction: &DatabaseTransaction,
        organisation: Uuid,
        account: Uuid,
        role: Role,
    ) -> Result<(), DbErr> {
        let row = membership::Model {
            organisation_id: organisation,
            account_id: account,
            role: role.name().to_owned(),
            created_at: self.foundation.now(),
        };
        database::insert(transaction, row).await
    }

    async fn insert(
        &self,
        transaction: &DatabaseTransaction,
        owner: Uuid,
        name: &str,
        personal: bool,
    ) -> Result<Uuid, DbErr> {
        let now = self.foundation.now();
        let row = organisation::Model {
            id: self.foundation.identifier(),
            name: name.to_owned(),
            personal,
            created_at: now,
            updated_at: now,
        };
        let id = row.id;
        database::insert(transaction, row).await?;
        self.join(transaction, id, owner, Role::Owner).await?;
        Ok(id)
    }

    /// Its rows go at once, what is large follows in a job.
    async fn purge(&self, transaction: &DatabaseTransaction, id: Uuid) -> Result<(), DbErr> {
        self.keys.remove_of(transaction, id).await?;
        store::remove(transaction, id).await?;
        let job = NewJob::new(PURGE, json!({})).of(id);
        self.foundation
            .jobs
            .enqueue(transaction, job)
            .await
            .map(drop)
    }
}

/// Who may do what changes here, so all of it concerns security.
pub(super) fn happened(action: &'static str) -> AuditEvent {
    AuditEvent::new(AuditCategory::Security, action)
}

/// Other organisations than the caller's do not exist for it.
pub(super) fn own(caller: &Caller, id: Uuid) -> Result<(), Fault> {
    if caller.organisation == id {
        return Ok(());
    }
    Err(missing(id))
}

pub(super) fn missing(id: Uuid) -> Fault {
    Fault::not_found(format!(
        "you do not work in an organisation with the id {id}; POST /auth/switch changes where you work"
    ))
}

pub(super) fn ownerless(name: &str) -> Fault {
    let message =
        format!("`{name}` would be left without an owner; make another member its owner first");
    Fault::new(StatusCode::CONFLICT, "last_owner", message)
}
