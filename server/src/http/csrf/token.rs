//! Tokens that prove that a page could read a reply of ours.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::secrets::{Purpose, ServerSecret};

/// Makes and checks tokens: each is derived from the session cookie, so it is good for this session
/// only and nothing needs to be kept.
#[derive(Clone)]
pub struct CsrfTokens(ServerSecret);

impl CsrfTokens {
    /// Tokens of all processes that have this secret.
    pub fn new(secret: ServerSecret) -> Self {
        Self(secret)
    }

    /// The token that belongs to a session cookie.
    pub fn token(&self, cookie: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.0.derive(Purpose::CrossSite, &[cookie.as_bytes()]))
    }

    /// Whether it does, in a time that does not depend on where it differs.
    pub fn matches(&self, token: &str, cookie: &str) -> bool {
        let value = URL_SAFE_NO_PAD.decode(token);
        let inputs = [cookie.as_bytes()];
        value.is_ok_and(|value| self.0.matches(Purpose::CrossSite, &inputs, &value))
    }
}
