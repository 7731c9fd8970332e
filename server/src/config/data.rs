//! Section `[data]`: where data lies.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where data lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Folder of the database, the vectors and the admin key.
    #[schema(value_type = String, format = "path")]
    pub dir: PathBuf,
}

impl Default for Data {
    /// The platform's folder for application data, e.g. `~/.local/share/locutor`.
    fn default() -> Self {
        let dir = directories::BaseDirs::new().map_or_else(
            || PathBuf::from("locutor-data"),
            |folders| folders.data_dir().join("locutor"),
        );
        Self { dir }
    }
}
