//! Section `[alerts]`: where alerts may go.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where alerts may go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AlertSettings {
    /// Whether web hooks may reach addresses of this machine and of private networks. Whoever manages alert
    /// rules can then make the server send requests there.
    pub allow_private: bool,
}
