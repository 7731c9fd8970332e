//! The use cases.

use axum::http::StatusCode;
use jiff::Timestamp;
use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

use super::{CreatedKey, Key, KeyPage, secret::Secret, store};
use crate::{
    access::{Actor, Caller, CallerCache, Remembered, Role, Scope, ScopeSet},
    database,
    entity::api_key,
    features::organisations::FIRST,
    foundation::Foundation,
    http::{Fault, Origin, Page},
    ports::{AuditCategory, AuditEvent},
};

/// Milliseconds between two notes that a key was used.
const NOTE: i64 = 60_000;

/// A key to make.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: ScopeSet,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// Most requests in a minute; 0: the server's own limit.
    pub requests_per_minute: u32,
}

/// A key that opens.
#[derive(Debug, Clone, Copy)]
pub struct ValidKey {
    /// What it opens, as it was made.
    pub found: Remembered,
    /// The account that made it and whose present role bounds it; `None`: the command line did.
    pub maker: Option<Uuid>,
}

/// The use cases of API keys; clones share everything.
#[derive(Clone)]
pub struct KeyService {
    foundation: Foundation,
    callers: CallerCache,
}

impl NewKey {
    /// A key for programs that use the engine and the documents.
    pub fn client(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            scopes: Role::Editor.scopes(),
            expires_at: None,
            requests_per_minute: 0,
        }
    }

    /// A key for everything that a key can do.
    pub fn admin(name: impl Into<String>) -> Self {
        Self {
            scopes: Role::Owner.scopes().with(Scope::InstanceManage),
            ..Self::client(name)
        }
    }
}

impl KeyService {
    /// Works on the rows of the foundation.
    pub fn new(foundation: Foundation, callers: CallerCache) -> Self {
        Self {
            foundation,
            callers,
        }
    }

    /// Makes a key in the first organisation: for the command line and the first start.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create(&self, new: NewKey) -> Result<CreatedKey, DbErr> {
        let event = AuditEvent::new(AuditCategory::System, "key.create");
        self.store(new, FIRST, None, event.from(&Origin::command_line()))
            .await
    }

    /// Makes a key in the caller's organisation.
    ///
    /// # Errors
    /// 403 for scopes that the caller does not have; 422 for a time that is over.
    pub async fn create_for(
        &self,
        caller: &Caller,
        new: NewKey,
        origin: &Origin,
    ) -> Result<CreatedKey, Fault> {
        check_scopes(caller, new.scopes)?;
        if new
            .expires_at
            .is_some_and(|end| end.as_millisecond() <= self.foundation.now())
        {
            return Err(Fault::unprocessable("expires_at", "is over already"));
        }
        let account = self.maker_of(caller.actor).await?;
        let event = AuditEvent::new(AuditCategory::Security, "key.create")
            .by(caller.actor, Some(caller.organisation))
            .from(origin);
        Ok(self.store(new, caller.organisation, account, event).await?)
    }

    /// Whether no key that manages the server is left, as on the first start.
    pub async fn lacks_admin(&self) -> Result<bool, DbErr> {
        store::lacks_admin(self.foundation.database.reader()).await
    }

    /// The keys of an organisation, or of all, oldest first.
    pub async fn list(&self, organisation: Option<Uuid>, page: &Page) -> Result<KeyPage, DbErr> {
        let reader = self.foundation.database.reader();
        let rows = store::list(reader, organisation, page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let data = rows.into_iter().map(Key::from).collect();
        Ok(KeyPage { data, next })
    }

    /// A key of an organisation, or of any.
    pub async fn find(&self, id: Uuid, organisation: Option<Uuid>) -> Result<Option<Key>, DbErr> {
        let row = store::find(self.foundation.database.reader(), id, organisation).await?;
        Ok(row.map(Key::from))
    }

    /// Makes a key useless; `None` when there is no such key, or it is another organisation's.
    pub async fn revoke(
        &self,
        id: Uuid,
        organisation: Option<Uuid>,
        by: Option<(&Caller, &Origin)>,
    ) -> Result<Option<Key>, DbErr> {
        let transaction = self.foundation.database.begin().await?;
        let Some(row) = store::find(&transaction, id, organisation).await? else {
            return Ok(None);
        };
        if row.revoked_at.is_some() {
            return Ok(Some(row.into()));
        }
        store::revoke(&transaction, id, self.foundation.now()).await?;
        let event = AuditEvent::new(AuditCategory::Security, "key.revoke").on("key", id);
        // In the log of the key's organisation, whoever revoked it.
        let event = match by {
            Some((caller, origin)) => event
                .by(caller.actor, Some(row.organisation_id))
                .from(origin),
            None => event.from(&Origin::command_line()),
        };
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        self.callers.clear();
        self.find(id, organisation).await
    }

    /// The key of that text, unless it is unknown, revoked or over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn authenticate(&self, text: &str) -> Result<Option<ValidKey>, DbErr> {
        let now = self.foundation.now();
        let Some(secret) = Secret::parse(text) else {
            return Ok(None);
        };
        let reader = self.foundation.database.reader();
        let row = store::find_by_prefix(reader, secret.prefix()).await?;
        let valid = row.filter(|row| secret.matches(&row.digest) && is_valid(row, now));
        let Some(row) = valid else {
            return Ok(None);
        };
        let writer = self.foundation.database.writer();
        if row.last_used_at.is_none_or(|at| at < now - NOTE) {
            // A database that cannot be written to, as with a full disk, still answers readers.
            if let Err(error) = store::touch(writer, row.id, now, now - NOTE).await {
                tracing::warn!(%error, "cannot note that a key was used");
            }
        }
        Ok(Some(row.into()))
    }

    /// The key of that id, unless it is unknown, revoked or over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn valid(&self, id: Uuid) -> Result<Option<ValidKey>, DbErr> {
        let now = self.foundation.now();
        let row = store::find(self.foundation.database.reader(), id, None).await?;
        Ok(row.filter(|row| is_valid(row, now)).map(ValidKey::from))
    }

    /// Removes the keys of an organisation that goes.
    pub(in crate::features) async fn remove_of(
        &self,
        transaction: &DatabaseTransaction,
        organisation: Uuid,
    ) -> Result<(), DbErr> {
        store::remove_of(transaction, organisation).await
    }

    /// After a commit that removed keys: they open nothing any more.
    pub fn forget_callers(&self) {
        self.callers.clear();
    }

    /// A key's keys are its maker's too: they end with the same membership.
    async fn maker_of(&self, actor: Actor) -> Result<Option<Uuid>, DbErr> {
        match actor {
            Actor::User { id, .. } => Ok(Some(id)),
            Actor::Key { id } => {
                let row = store::find(self.foundation.database.reader(), id, None).await?;
                Ok(row.and_then(|row| row.account_id))
            }
        }
    }

    async fn store(
        &self,
        new: NewKey,
        organisation: Uuid,
        account: Option<Uuid>,
        event: AuditEvent,
    ) -> Result<CreatedKey, DbErr> {
        let secret = Secret::generate(self.foundation.randomness.as_ref());
        let row = api_key::Model {
            id: self.foundation.identifier(),
            organisation_id: organisation,
            account_id: account,
            name: new.name,
            prefix: secret.prefix().to_owned(),
            digest: secret.digest(),
            scopes: new.scopes.to_text(),
            requests_per_minute: i32::try_from(new.requests_per_minute).ok(),
            created_at: self.foundation.now(),
            expires_at: new.expires_at.map(Timestamp::as_millisecond),
            last_used_at: None,
            revoked_at: None,
        };
        let transaction = self.foundation.database.begin().await?;
        database::insert(&transaction, row.clone()).await?;
        let event = event.on("key", row.id);
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        Ok(CreatedKey {
            key: secret.reveal(),
            details: row.into(),
        })
    }
}

impl From<api_key::Model> for ValidKey {
    fn from(row: api_key::Model) -> Self {
        let (expires_at, maker) = (row.expires_at.unwrap_or(i64::MAX), row.account_id);
        let key = Key::from(row);
        let found = Remembered {
            maker,
            caller: Caller {
                actor: Actor::Key { id: key.id },
                organisation: key.organisation,
                scopes: key.scopes,
            },
            expires_at,
            requests_per_minute: key.requests_per_minute,
        };
        Self { found, maker }
    }
}

fn is_valid(row: &api_key::Model, now: i64) -> bool {
    row.revoked_at.is_none() && row.expires_at.is_none_or(|end| end > now)
}

/// Nobody gives what they do not have, and no key manages a person's account.
fn check_scopes(caller: &Caller, scopes: ScopeSet) -> Result<(), Fault> {
    if scopes.contains(Scope::AccountManage) {
        let message = "no key may have `account:manage`: it is for people who logged in";
        return Err(Fault::unprocessable("scopes", message));
    }
    if caller.scopes.contains_all(scopes) {
        return Ok(());
    }
    let missing: Vec<_> = scopes
        .iter()
        .filter(|scope| !caller.may(*scope))
        .map(Scope::name)
        .collect();
    let message = format!(
        "you cannot give what you do not have: {}",
        missing.join(", ")
    );
    Err(Fault::new(
        StatusCode::FORBIDDEN,
        "scope_out_of_reach",
        message,
    ))
}
