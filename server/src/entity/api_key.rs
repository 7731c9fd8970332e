//! An API key; of its secret only the digest is kept.

use sea_orm::entity::prelude::*;

/// An API key.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation it works in.
    pub organisation_id: Uuid,
    /// Who made it; absent for those of the command line.
    pub account_id: Option<Uuid>,
    /// What it is for.
    pub name: String,
    /// Its public beginning, by which it is found.
    #[sea_orm(unique)]
    pub prefix: String,
    /// SHA-256 of the whole key.
    pub digest: Vec<u8>,
    /// What it may do: names of scopes with a space between them.
    pub scopes: String,
    /// Most requests in a minute; 0 or absent: the server's own limit.
    pub requests_per_minute: Option<i32>,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    /// When it last opened something, to the minute.
    pub last_used_at: Option<i64>,
    /// When it was made useless.
    pub revoked_at: Option<i64>,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
