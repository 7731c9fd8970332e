//! A passage of a document that is embedded and cited as one.

use sea_orm::entity::prelude::*;

/// A passage.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chunk")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub document_id: Uuid,
    /// Position in the document, from 0.
    pub ordinal: i32,
    /// Headings above the passage, outermost first.
    pub heading: Option<String>,
    pub text: String,
    /// Byte offset in the document's content where it starts.
    pub start_offset: i64,
    /// Byte offset just past its end.
    pub end_offset: i64,
}

/// Rows are joined by hand where they are read together.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
