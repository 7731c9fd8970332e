//! Secrets that a caller hands to its own clients, such as a page in a browser: they open one thing for some minutes.
//!
//! Nothing is stored: a secret is what it allows, signed by the server. It is worth something only as long as the
//! key or session that it was made with.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Actor, Caller};
use crate::secrets::{Purpose, ServerSecret};

/// How such secrets begin.
const MARK: &str = "ek_";
/// Most characters of one.
const LONGEST: usize = 16 << 10;

/// What a secret allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientSecret {
    /// The key, when a key made it.
    key: Option<Uuid>,
    /// The account and its session, when a person did.
    user: Option<(Uuid, Uuid)>,
    /// The organisation that its bearer works in.
    pub organisation: Uuid,
    /// Until when, in milliseconds since 1970.
    pub expires_at: i64,
    /// The path that it opens.
    pub path: String,
    /// What the route makes of it.
    pub settings: Value,
}

impl ClientSecret {
    /// What a caller may hand on.
    pub fn new(caller: &Caller, path: &str, expires_at: i64, settings: Value) -> Self {
        let (key, user) = match caller.actor {
            Actor::Key { id } => (Some(id), None),
            Actor::User { id, session } => (None, Some((id, session))),
        };
        Self {
            key,
            user,
            organisation: caller.organisation,
            expires_at,
            path: path.to_owned(),
            settings,
        }
    }

    /// Who made it; `None` for what nobody can have made.
    pub fn maker(&self) -> Option<Actor> {
        match (self.key, self.user) {
            (Some(id), None) => Some(Actor::Key { id }),
            (None, Some((id, session))) => Some(Actor::User { id, session }),
            _ => None,
        }
    }

    /// Whether a credential is one.
    pub fn is_one(credential: &str) -> bool {
        credential.starts_with(MARK)
    }

    /// As text, signed.
    pub fn seal(&self, secret: &ServerSecret) -> String {
        let claims = serde_json::to_vec(self).unwrap_or_default();
        let signature = secret.derive(Purpose::ClientSecret, &[&claims]);
        let [claims, signature] =
            [&claims[..], &signature].map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{MARK}{claims}.{signature}")
    }

    /// What a text allows, if this server signed it and it is not over.
    pub fn open(text: &str, secret: &ServerSecret, now: i64) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (claims, signature) = text.strip_prefix(MARK)?.split_once('.')?;
        let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        if !secret.matches(Purpose::ClientSecret, &[&claims], &signature) {
            return None;
        }
        let found: Self = serde_json::from_slice(&claims).ok()?;
        (found.expires_at > now).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::access::ScopeSet;

    fn made() -> ClientSecret {
        let caller = Caller {
            actor: Actor::Key {
                id: Uuid::from_u128(1),
            },
            organisation: Uuid::from_u128(2),
            scopes: ScopeSet::default(),
        };
        ClientSecret::new(&caller, "/v1/realtime", 1_000, json!({"model": "a"}))
    }

    #[test]
    fn it_opens_until_it_is_over_and_only_here() {
        let secret = ServerSecret::new(b"one");
        let text = made().seal(&secret);
        assert!(ClientSecret::is_one(&text));
        let opened = ClientSecret::open(&text, &secret, 999).unwrap();
        assert_eq!(opened, made());
        assert_eq!(
            opened.maker(),
            Some(Actor::Key {
                id: Uuid::from_u128(1)
            })
        );
        assert_eq!(ClientSecret::open(&text, &secret, 1_000), None);
        assert_eq!(
            ClientSecret::open(&text, &ServerSecret::new(b"two"), 0),
            None
        );
    }

    #[test]
    fn nothing_in_it_can_be_changed() {
        let secret = ServerSecret::new(b"one");
        let text = made().seal(&secret);
        let (claims, signature) = text.strip_prefix(MARK).unwrap().split_once('.').unwrap();
        let other = ClientSecret {
            expires_at: i64::MAX,
            ..made()
        };
        let forged = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&other).unwrap());
        for text in [
            format!("{MARK}{forged}.{signature}"),
            format!("{MARK}{claims}."),
            format!("{MARK}{claims}"),
            format!("{claims}.{signature}"),
            MARK.to_owned(),
            format!("{MARK}{}", "a".repeat(LONGEST)),
        ] {
            assert_eq!(ClientSecret::open(&text, &secret, 0), None, "{text:.60}");
        }
    }
}
