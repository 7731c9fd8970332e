//! Organisations, members and invitations as replies show them.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    access::Role,
    entity::{invitation, organisation},
    foundation::timestamp,
};

/// An organisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Organisation {
    /// Identifies it.
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    /// What people call it.
    #[schema(example = "Analytical Engines")]
    pub name: String,
    /// Whether it was made with an account, for that person alone.
    pub personal: bool,
    /// When it was founded.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// An account's place in an organisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Membership {
    /// The organisation.
    #[serde(flatten)]
    pub organisation: Organisation,
    /// What the account may do there.
    pub role: Role,
}

/// A member of an organisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Member {
    /// The account.
    #[schema(value_type = String, format = "uuid")]
    pub account: Uuid,
    /// Its address.
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// What to call the person.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it joined.
    #[schema(value_type = String, format = DateTime)]
    pub joined_at: Timestamp,
}

/// A page of an organisation's members, in the order in which their accounts were made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberPage {
    /// The members.
    pub data: Vec<Member>,
    /// Give this as `after` for the next page; absent on the last one.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub next: Option<Uuid>,
}

/// An invitation that waits.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Invitation {
    /// Identifies it.
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    /// Who is invited.
    #[schema(example = "grace@example.org")]
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Until when it can be accepted.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

impl From<organisation::Model> for Organisation {
    fn from(row: organisation::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            personal: row.personal,
            created_at: timestamp(row.created_at),
        }
    }
}

impl From<invitation::Model> for Invitation {
    fn from(row: invitation::Model) -> Self {
        Self {
            id: row.id,
            email: row.email,
            role: role(&row.role),
            created_at: timestamp(row.created_at),
            expires_at: timestamp(row.expires_at),
        }
    }
}

/// A row's role; one that is not known may do the least.
pub(super) fn role(name: &str) -> Role {
    Role::parse(name).unwrap_or(Role::Viewer)
}
