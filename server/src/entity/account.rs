//! A person's account.

use sea_orm::entity::prelude::*;

/// A person's account.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// As the person wrote it.
    pub email: String,
    /// Its canonical form.
    pub email_key: String,
    /// The same once the address is proved: until then anybody may have registered with it.
    #[sea_orm(unique)]
    pub verified_key: Option<String>,
    pub name: String,
    /// Argon2id in PHC form.
    pub password: String,
    pub password_changed_at: i64,
    /// When the address was proved to be theirs.
    pub verified_at: Option<i64>,
    /// Whether it may manage the server as a whole.
    pub instance_admin: bool,
    /// What the TOTP secret is derived from, together with the server's secret.
    pub second_factor: Option<Vec<u8>>,
    /// When the second factor was confirmed; until then logins do without.
    pub second_factor_at: Option<i64>,
    /// Last time step whose code was used: no code opens twice.
    pub second_factor_step: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
