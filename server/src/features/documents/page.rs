//! Reading a list page by page.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Document;

/// Which page of a list.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Most documents to return, 1 to 200.
    #[serde(default = "default_limit")]
    #[garde(range(min = 1, max = 200))]
    #[param(default = 50, minimum = 1, maximum = 200)]
    pub limit: u64,
    /// `next` of the page before; absent for the first page.
    #[garde(skip)]
    #[param(value_type = Option<String>, format = "uuid")]
    pub after: Option<Uuid>,
}

fn default_limit() -> u64 {
    50
}

/// A page of documents, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentPage {
    /// The documents.
    pub data: Vec<Document>,
    /// Give this as `after` for the next page; absent on the last one.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub next: Option<Uuid>,
}
