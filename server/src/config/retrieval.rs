//! Section `[retrieval]`: where vectors are kept.

use serde::{Deserialize, Serialize};

/// Where vectors are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retrieval {
    /// Address of a Qdrant server, e.g. `http://localhost:6334`; absent: inside this process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qdrant_url: Option<String>,
}
