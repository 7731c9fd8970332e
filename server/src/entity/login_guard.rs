//! Failed logins, by account and address prefix, or by account alone.

use sea_orm::entity::prelude::*;

/// Failed logins, by account and address prefix, or by account alone.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_guard")]
pub struct Model {
    /// HMAC of what is counted, so that rows tell no addresses.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Vec<u8>,
    pub failures: i32,
    /// When the present count began.
    pub window_at: i64,
    /// 0 while open.
    pub locked_until: i64,
    /// Lockouts in a row; each lasts longer.
    pub strikes: i32,
    pub updated_at: i64,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
