//! Section `[auth]`: accounts, passwords and sessions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Secret;

/// Accounts, passwords and sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// What links in mails begin with, e.g. `https://speech.example.org`; absent: the address listened on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// What everything signed and mailed is derived from, at least 32 characters; the same for all processes that share a database. Absent: made at the first start and kept in the data folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
    /// Who may make an account: `open` (everybody), `invited` (those with an invitation) or `closed` (only `locutor users create`).
    pub registration: Registration,
    /// Seconds that an access token lives.
    pub access_seconds: u32,
    /// Days after which a session that was not used ends.
    pub idle_days: u32,
    /// Days after which a session ends in any case.
    pub session_days: u32,
    /// Days after which a new key signs access tokens.
    pub signing_key_days: u32,
    /// Hours that a mailed link to verify an address works.
    pub verification_hours: u32,
    /// Minutes that a mailed link to set a new password, or to log in from a new device, works.
    pub recovery_minutes: u32,
    /// Days that an invitation can be accepted.
    pub invitation_days: u32,
    /// Seconds after which an open live stream is asked again whether its key or session still opens it.
    pub stream_check_seconds: u32,
    /// Passwords that are computed at the same time, each with 19 MiB; 0: one for each processor.
    pub hashing_threads: usize,
    /// What a password must be like.
    pub password: PasswordRules,
}

/// Who may make an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Everybody.
    #[default]
    Open,
    /// Those with an invitation.
    Invited,
    /// Nobody; `locutor users create` makes accounts.
    Closed,
}

/// What a password must be like.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own that can be asked for"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordRules {
    /// Least characters.
    pub least_characters: usize,
    /// Most characters; at least 64.
    pub most_characters: usize,
    /// Least strength by zxcvbn, from 0 (guessed at once) to 4.
    pub least_strength: u8,
    /// How many former passwords may not be taken again.
    pub former: u64,
    /// Whether it needs a lower-case letter.
    pub lower_case: bool,
    /// Whether it needs an upper-case letter.
    pub upper_case: bool,
    /// Whether it needs a digit.
    pub digit: bool,
    /// Whether it needs something that is neither letter nor digit.
    pub symbol: bool,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            public_url: None,
            secret: None,
            registration: Registration::Open,
            access_seconds: 600,
            idle_days: 14,
            session_days: 90,
            signing_key_days: 30,
            verification_hours: 48,
            recovery_minutes: 30,
            invitation_days: 7,
            stream_check_seconds: 30,
            hashing_threads: 0,
            password: PasswordRules::default(),
        }
    }
}

/// Length and strength instead of composition, as NIST SP 800-63B advises.
impl Default for PasswordRules {
    fn default() -> Self {
        Self {
            least_characters: 12,
            most_characters: 256,
            least_strength: 3,
            former: 4,
            lower_case: false,
            upper_case: false,
            digit: false,
            symbol: false,
        }
    }
}
