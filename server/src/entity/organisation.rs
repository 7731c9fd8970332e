//! An organisation: the tenant that rows belong to.

use sea_orm::entity::prelude::*;

/// An organisation: the tenant that rows belong to.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organisation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Whether it was made with an account, for that person alone.
    pub personal: bool,
    pub created_at: i64,
    pub updated_at: i64,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
