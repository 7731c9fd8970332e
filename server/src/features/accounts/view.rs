//! An account as replies show it.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    entity::account,
    features::{organisations::Membership, sessions::Session},
    foundation::timestamp,
};

/// An account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Account {
    /// Identifies it.
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    /// Its address.
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// What to call the person.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// Whether logins need a code too.
    pub second_factor: bool,
    /// Whether it may manage the server as a whole.
    pub instance_admin: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When its password was set.
    #[schema(value_type = String, format = DateTime)]
    pub password_changed_at: Timestamp,
    /// Where it belongs.
    pub organisations: Vec<Membership>,
}

/// Everything that is kept about an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountExport {
    /// The account.
    pub account: Account,
    /// Its sessions, ended ones too.
    pub sessions: Vec<Session>,
    /// When this was written.
    #[schema(value_type = String, format = DateTime)]
    pub exported_at: Timestamp,
}

impl Account {
    /// The row as replies show it.
    pub fn new(row: account::Model, organisations: Vec<Membership>) -> Self {
        Self {
            id: row.id,
            email: row.email,
            name: row.name,
            second_factor: row.second_factor_at.is_some(),
            instance_admin: row.instance_admin,
            created_at: timestamp(row.created_at),
            password_changed_at: timestamp(row.password_changed_at),
            organisations,
        }
    }
}
