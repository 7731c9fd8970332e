//! Section `[mail]`: how mail leaves.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Secret;

/// How mail leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MailSettings {
    /// `file` puts messages into a folder, `smtp` hands them to a mail server.
    pub transport: MailTransport,
    /// The sender, e.g. `Locutor <locutor@example.org>`.
    pub from: String,
    /// Folder of the messages for `file`; absent: `outbox` in the data folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "path")]
    pub folder: Option<PathBuf>,
    /// The mail server.
    pub host: String,
    /// Its port; absent: 587 for `starttls`, 465 for `tls`, 25 for `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Whether the connection is encrypted: `starttls`, `tls` from the first byte, or `none`.
    pub security: MailSecurity,
    /// A file of certificates (PEM) to trust beside the public authorities, for a server with its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "path")]
    pub authorities: Option<PathBuf>,
    /// Name to log in with; absent: no login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Password to log in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// Seconds that handing over one message may take.
    pub timeout_seconds: u64,
}

/// Where messages go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// Into a folder.
    #[default]
    File,
    /// To a mail server.
    Smtp,
}

/// Whether the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// It is not.
    None,
    /// It becomes so before anything is said; servers that cannot are refused.
    #[default]
    Starttls,
    /// From the first byte.
    Tls,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            transport: MailTransport::File,
            from: "Locutor <locutor@localhost>".into(),
            folder: None,
            host: "localhost".into(),
            port: None,
            security: MailSecurity::Starttls,
            authorities: None,
            user: None,
            password: None,
            timeout_seconds: 30,
        }
    }
}
