//! Which mails there are, and what each needs to know.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::{RenderError, Rendered, render};

/// A mail to write. All values may come from strangers, except links, which must be our own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Template {
    /// Please confirm that this address is yours.
    VerifyEmail {
        /// Who registered.
        name: String,
        /// Where to confirm.
        link: String,
        /// How long the link works.
        hours: u32,
    },
    /// Here you can choose a new password.
    PasswordReset {
        /// Whose account.
        name: String,
        /// Where to choose.
        link: String,
        /// How long the link works.
        minutes: u32,
    },
    /// Your password was changed.
    PasswordChanged {
        /// Whose account.
        name: String,
        /// From which address on the network.
        address: String,
        /// With which program.
        device: String,
        /// When.
        #[serde(serialize_with = "moment")]
        at: Timestamp,
    },
    /// Somebody wanted to register this address, which has an account.
    AccountExists {
        /// Whose account.
        name: String,
        /// Where to choose a new password.
        link: String,
    },
    /// A refresh token was used twice, so that one of the two was stolen: its session is closed.
    TokenReuse {
        /// Whose account.
        name: String,
        /// From which address on the network.
        address: String,
        /// With which program.
        device: String,
        /// When.
        #[serde(serialize_with = "moment")]
        at: Timestamp,
    },
    /// Too many failed logins: nobody can log in for a while.
    LockedOut {
        /// Whose account.
        name: String,
        /// From which address on the network the last failure came.
        address: String,
        /// For how long.
        minutes: u32,
        /// Where to choose a new password.
        link: String,
    },
    /// Somebody has the password on a device that we do not know, while the account is under attack.
    NewDeviceLink {
        /// Whose account.
        name: String,
        /// From which address on the network.
        address: String,
        /// With which program.
        device: String,
        /// Where to let the device in.
        link: String,
        /// How long the link works.
        minutes: u32,
    },
    /// Somebody invites you to an organisation.
    Invitation {
        /// Who.
        inviter: String,
        /// To which organisation.
        organisation: String,
        /// As what.
        role: String,
        /// Where to accept.
        link: String,
        /// How long the link works.
        days: u32,
    },
    /// An alert rule has fired, or is over.
    Alert {
        /// Name of the rule.
        rule: String,
        /// What it saw.
        message: String,
        /// When.
        #[serde(serialize_with = "moment")]
        at: Timestamp,
    },
}

/// To the minute, in words.
fn moment<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&at.strftime("%-d %B %Y, %H:%M UTC"))
}

/// The files of a template.
pub(super) struct Source {
    /// Names the files.
    pub name: &'static str,
    /// First line the subject, then an empty line, then the text.
    pub text: &'static str,
    /// The HTML.
    pub html: &'static str,
}

macro_rules! source {
    ($name:literal) => {
        Source {
            name: $name,
            text: include_str!(concat!("templates/", $name, ".txt")),
            html: include_str!(concat!("templates/", $name, ".html")),
        }
    };
}

impl Template {
    pub(super) fn source(&self) -> Source {
        match self {
            Self::VerifyEmail { .. } => source!("verify_email"),
            Self::PasswordReset { .. } => source!("password_reset"),
            Self::PasswordChanged { .. } => source!("password_changed"),
            Self::AccountExists { .. } => source!("account_exists"),
            Self::TokenReuse { .. } => source!("token_reuse"),
            Self::LockedOut { .. } => source!("locked_out"),
            Self::NewDeviceLink { .. } => source!("new_device_link"),
            Self::Invitation { .. } => source!("invitation"),
            Self::Alert { .. } => source!("alert"),
        }
    }

    /// The mail in the name of `product`, e.g. `Locutor`.
    ///
    /// # Errors
    /// When a template does not fit its values, which the tests rule out.
    pub fn render(&self, product: &str) -> Result<Rendered, RenderError> {
        render::render(self, product)
    }
}
