//! The server's one secret, and what is derived from it.
//!
//! Whatever this server signs or mails is an HMAC of that secret, so that the database never holds
//! anything that opens a door. Several processes that share a database must share the secret too
//! (`auth.secret`); by itself a server makes one at its first start and keeps it in the data
//! folder, without which its sessions, second factors and mailed links are worth nothing.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Bytes of a derived value.
pub const DERIVED_BYTES: usize = 32;

/// The server's secret; clones are the same.
#[derive(Clone)]
pub struct ServerSecret([u8; DERIVED_BYTES]);

/// What a derived value is for: the same input gives another value for each purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A mailed link that proves an address.
    VerifyEmail,
    /// A mailed link that sets a new password.
    ResetPassword,
    /// A mailed link that lets an unknown device log in.
    NewDevice,
    /// A mailed invitation.
    Invitation,
    /// The child of a refresh token.
    RefreshToken,
    /// The seed of a key that signs access tokens.
    SigningKey,
    /// A TOTP secret.
    SecondFactor,
    /// The digest of a recovery code.
    RecoveryCode,
    /// The digest of a device's token.
    Device,
    /// Under which failed logins are counted.
    LoginGuard,
    /// A token against requests from foreign pages.
    CrossSite,
    /// The key of the audit log's chain.
    AuditChain,
    /// A secret that a caller hands to its clients.
    ClientSecret,
    /// The key of the signatures of an alert rule's web hooks.
    WebHook,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::VerifyEmail => b"locutor verify email",
            Self::ResetPassword => b"locutor reset password",
            Self::NewDevice => b"locutor new device",
            Self::Invitation => b"locutor invitation",
            Self::RefreshToken => b"locutor refresh token",
            Self::SigningKey => b"locutor signing key",
            Self::SecondFactor => b"locutor second factor",
            Self::RecoveryCode => b"locutor recovery code",
            Self::Device => b"locutor device",
            Self::LoginGuard => b"locutor login guard",
            Self::CrossSite => b"locutor cross-site",
            Self::AuditChain => b"locutor audit chain",
            Self::ClientSecret => b"locutor client secret",
            Self::WebHook => b"locutor web hook",
        }
    }
}

impl ServerSecret {
    /// Takes a secret of any length; short ones are as weak as they are short.
    pub fn new(secret: &[u8]) -> Self {
        Self(authenticate(secret, b"locutor server secret", &[]))
    }

    /// A value that only this secret gives for this purpose and these inputs.
    pub fn derive(&self, purpose: Purpose, inputs: &[&[u8]]) -> [u8; DERIVED_BYTES] {
        authenticate(&self.0, purpose.label(), inputs)
    }

    /// Whether `value` is what [`ServerSecret::derive`] gives, in a time that does not tell where
    /// it differs.
    pub fn matches(&self, purpose: Purpose, inputs: &[&[u8]], value: &[u8]) -> bool {
        self.derive(purpose, inputs).ct_eq(value).into()
    }
}

/// HMAC-SHA-256 (RFC 2104) over the label and the inputs, each with its length before it, so that
/// no two lists of inputs look alike.
fn authenticate(key: &[u8], label: &[u8], inputs: &[&[u8]]) -> [u8; DERIVED_BYTES] {
    // HMAC takes keys of every length, so the other branch never runs.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of every length")
    };
    for part in std::iter::once(&label).chain(inputs) {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_differ_by_secret_purpose_and_inputs() {
        let secret = ServerSecret::new(b"one");
        let value = secret.derive(Purpose::Device, &[b"ab", b"c"]);
        assert!(secret.matches(Purpose::Device, &[b"ab", b"c"], &value));
        assert!(!secret.matches(Purpose::Device, &[b"a", b"bc"], &value));
        assert!(!secret.matches(Purpose::Invitation, &[b"ab", b"c"], &value));
        assert!(!ServerSecret::new(b"two").matches(Purpose::Device, &[b"ab", b"c"], &value));
        assert!(!secret.matches(Purpose::Device, &[b"ab", b"c"], &value[..31]));
    }
}
