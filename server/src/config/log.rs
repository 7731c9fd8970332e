//! Section `[log]`: logging.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use utoipa::ToSchema;

/// Logging.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// What to log, e.g. `info` or `locutor=debug`.
    pub filter: String,
    /// How to write it: `text` for people, or `json` with one object per line.
    pub format: LogFormat,
}

impl Log {
    /// What to log, as the logging library has it.
    ///
    /// # Errors
    /// When the text is no filter.
    pub fn parsed_filter(&self) -> anyhow::Result<EnvFilter> {
        EnvFilter::try_new(&self.filter).map_err(|error| {
            anyhow::anyhow!(
                "log.filter `{}`: {error}; use e.g. `info` or `locutor=debug`",
                self.filter
            )
        })
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            // What these libraries report, the vector store even as warnings and the decoder even
            // as errors, is about their insides; what concerns us comes back as an error.
            filter: "info,sqlx=warn,sea_orm=warn,sea_orm_migration=warn,qdrant_edge=error,\
                     symphonia_core=off"
                .into(),
            format: LogFormat::Text,
        }
    }
}
