//! The use cases.

use std::sync::Arc;

use jiff::Timestamp;
use sea_orm::DbErr;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{secret::Secret, store};
use crate::{
    database::Database,
    entity::api_key,
    ports::{Clock, Randomness},
};

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything, keys included.
    Admin,
    /// Everything but managing keys.
    Client,
}

impl Role {
    /// As in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Client => "client",
        }
    }
}

/// A key without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Key {
    /// Identifies it, e.g. to revoke it.
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// Its beginning.
    pub prefix: String,
    /// What it may do.
    pub role: Role,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was made useless.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

/// A new key; the only time its text is shown.
#[derive(Serialize, ToSchema)]
pub struct CreatedKey {
    /// The text to send as `Authorization: Bearer`.
    pub key: String,
    /// The rest.
    #[serde(flatten)]
    pub details: Key,
}

/// The use cases of API keys; clones share the database.
#[derive(Clone)]
pub struct KeyService {
    database: Database,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl KeyService {
    /// Works on the database with the given time and chance.
    pub fn new(database: Database, clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self {
            database,
            clock,
            randomness,
        }
    }

    /// Makes a key.
    pub async fn create(&self, name: String, role: Role) -> Result<CreatedKey, DbErr> {
        let secret = Secret::generate(self.randomness.as_ref());
        let row = api_key::Model {
            id: self.randomness.identifier(self.clock.as_ref()),
            name,
            prefix: secret.prefix().to_owned(),
            digest: secret.digest(),
            admin: role == Role::Admin,
            created_at: self.clock.now().as_millisecond(),
            revoked_at: None,
        };
        let row = store::insert(self.database.writer(), row).await?;
        Ok(CreatedKey {
            key: secret.reveal(),
            details: row.into(),
        })
    }

    /// Whether no key that may manage keys is left, as on the first start.
    pub async fn lacks_admin(&self) -> Result<bool, DbErr> {
        store::lacks_admin(self.database.reader()).await
    }

    /// All keys, oldest first.
    pub async fn list(&self) -> Result<Vec<Key>, DbErr> {
        let rows = store::list(self.database.reader()).await?;
        Ok(rows.into_iter().map(Key::from).collect())
    }

    /// Makes a key useless; `None` when there is no such key.
    pub async fn revoke(&self, id: Uuid) -> Result<Option<Key>, DbErr> {
        let now = self.clock.now().as_millisecond();
        Ok(store::revoke(self.database.writer(), id, now)
            .await?
            .map(Key::from))
    }

    /// The key of that text, unless it is unknown or revoked.
    pub async fn authenticate(&self, text: &str) -> Result<Option<Key>, DbErr> {
        let Some(secret) = Secret::parse(text) else {
            return Ok(None);
        };
        let row = store::find_by_prefix(self.database.reader(), secret.prefix()).await?;
        let valid = row.filter(|row| secret.matches(&row.digest) && row.revoked_at.is_none());
        Ok(valid.map(Key::from))
    }
}

impl From<api_key::Model> for Key {
    fn from(row: api_key::Model) -> Self {
        let time = |millis| Timestamp::from_millisecond(millis).unwrap_or_default();
        Self {
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            role: if row.admin { Role::Admin } else { Role::Client },
            created_at: time(row.created_at),
            revoked_at: row.revoked_at.map(time),
        }
    }
}
