//! A rule about addresses that may or may not come in.

use sea_orm::entity::prelude::*;

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_rule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which routes.
    pub route_group: String,
    /// `allow` or `deny`.
    pub effect: String,
    /// A network as `203.0.113.0/24`, or a country as `PT`.
    pub subject: String,
    /// Why it is there.
    pub note: String,
    pub created_at: i64,
    /// The key or account that added it.
    pub created_by: Uuid,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
