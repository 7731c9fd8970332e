//! Tokens that prove that a page could read a reply of ours.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Keeps these values apart from other uses of the same secret.
const PURPOSE: &[u8] = b"locutor csrf token\0";

/// Makes and checks tokens: each is a keyed hash of the session cookie, so it is good for this
/// session only and nothing needs to be kept.
#[derive(Clone)]
pub struct CsrfTokens(Hmac<Sha256>);

impl CsrfTokens {
    /// Tokens of all processes that have this secret.
    pub fn new(secret: &[u8; 32]) -> Self {
        // A key that fills the hash's block needs no check; zeros are what HMAC itself would add.
        let mut key = [0; 64];
        key[..secret.len()].copy_from_slice(secret);
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(PURPOSE);
        Self(mac)
    }

    /// The token that belongs to a session cookie.
    pub fn token(&self, cookie: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(cookie).finalize().into_bytes())
    }

    /// Whether it does, in a time that does not depend on where it differs.
    pub fn matches(&self, token: &str, cookie: &str) -> bool {
        let bytes = URL_SAFE_NO_PAD.decode(token);
        bytes.is_ok_and(|bytes| self.mac(cookie).verify_slice(&bytes).is_ok())
    }

    fn mac(&self, cookie: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(cookie.as_bytes());
        mac
    }
}
