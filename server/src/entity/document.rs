//! A document as it was given; chunks and vectors are derived from it.

use sea_orm::entity::prelude::*;

/// A document.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation it belongs to.
    pub organisation_id: Uuid,
    /// The caller's own name for it, unique in the organisation; giving it again replaces the document.
    pub external_id: Option<String>,
    pub title: String,
    /// `plain`, `markdown` or `html`.
    pub format: String,
    /// Labels to filter by: an array of texts.
    pub tags: Json,
    /// The source, markup included; citations point into its bytes.
    pub content: String,
    /// SHA-256 of the content.
    pub digest: Vec<u8>,
    pub bytes: i64,
    pub chunks: i32,
    pub created_at: i64,
    pub updated_at: i64,
    /// When its vectors were last complete; absent while they are not.
    pub indexed_at: Option<i64>,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
