//! Access tokens: JSON Web Tokens signed with Ed25519 (RFC 7519, RFC 8037).
//!
//! The keys are derived from the server's secret, one for each period; a key's `kid` is the number
//! of its period. So all processes with the same secret agree on them without storing any, and
//! keys change by themselves. Tokens of the period before are accepted still: none lives that long.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    config::Auth,
    foundation::{DAY, Foundation},
    http::Fault,
    secrets::Purpose,
};

/// Who issues these tokens and who takes them.
const ISSUER: &str = "locutor";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer.
    iss: String,
    /// Audience.
    aud: String,
    /// The account.
    pub sub: Uuid,
    /// The session.
    pub sid: Uuid,
    /// Since when, in seconds since 1970.
    iat: i64,
    /// Until when, in seconds since 1970.
    pub exp: i64,
}

/// A set of public keys (RFC 7517).
#[derive(Debug, Serialize, ToSchema)]
pub struct KeySet {
    /// The keys that tokens may be signed with now.
    pub keys: Vec<PublicKey>,
}

/// A public key (RFC 8037).
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicKey {
    /// Always `OKP`.
    #[schema(example = "OKP")]
    kty: &'static str,
    /// Always `Ed25519`.
    #[schema(example = "Ed25519")]
    crv: &'static str,
    /// Always `EdDSA`.
    #[schema(example = "EdDSA")]
    alg: &'static str,
    /// Always `sig`.
    #[schema(example = "sig")]
    r#use: &'static str,
    /// Names the key in a token's header.
    #[schema(example = "685")]
    kid: String,
    /// The key itself, base64url.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    x: String,
}

/// Signs and checks; clones share everything.
#[derive(Clone)]
pub struct SignedTokens {
    foundation: Foundation,
    settings: Arc<Auth>,
}

impl SignedTokens {
    /// Keys of the foundation's secret.
    pub fn new(foundation: Foundation, settings: Arc<Auth>) -> Self {
        Self {
            foundation,
            settings,
        }
    }

    /// A token for a session.
    ///
    /// # Errors
    /// None that a caller could help.
    pub fn sign(&self, account: Uuid, session: Uuid) -> Result<String, Fault> {
        let now = self.foundation.now();
        let seconds = now / 1000;
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: account,
            sid: session,
            iat: seconds,
            exp: seconds + self.lifetime(),
        };
        let period = self.period(now);
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(period.to_string());
        header.typ = Some("at+jwt".to_owned());
        let key = self.key(period).to_pkcs8_der().map_err(Fault::internal)?;
        let key = EncodingKey::from_ed_der(key.as_bytes());
        jsonwebtoken::encode(&header, &claims, &key).map_err(Fault::internal)
    }

    /// What a token says, if it was signed here and its time is not over.
    pub fn check(&self, token: &str) -> Option<Claims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let period: i64 = header.kid?.parse().ok()?;
        let now = self.foundation.now();
        if !self.accepted(now).contains(&period) {
            return None;
        }
        let public = self.key(period).verifying_key();
        let key = DecodingKey::from_ed_der(public.as_bytes());
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation()).ok()?;
        (claims.claims.exp > now / 1000).then_some(claims.claims)
    }

    /// The public keys: those of this period and its neighbours, so that whoever keeps them for a
    /// while knows the next one too.
    pub fn key_set(&self) -> KeySet {
        let present = self.period(self.foundation.now());
        let keys = [present, present - 1, present + 1];
        KeySet {
            keys: keys.into_iter().map(|period| self.public(period)).collect(),
        }
    }

    /// Seconds that a token lives.
    pub fn lifetime(&self) -> i64 {
        i64::from(self.settings.access_seconds)
    }

    fn public(&self, period: i64) -> PublicKey {
        PublicKey {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            r#use: "sig",
            kid: period.to_string(),
            x: URL_SAFE_NO_PAD.encode(self.key(period).verifying_key().as_bytes()),
        }
    }

    fn accepted(&self, now: i64) -> [i64; 2] {
        let present = self.period(now);
        [present, present - 1]
    }

    fn period(&self, now: i64) -> i64 {
        now / (i64::from(self.settings.signing_key_days.max(1)) * DAY)
    }

    fn key(&self, period: i64) -> SigningKey {
        let seed = self
            .foundation
            .secret
            .derive(Purpose::SigningKey, &[&period.to_be_bytes()]);
        SigningKey::from_bytes(&seed)
    }
}

/// Only Ed25519, whatever a token's header says. Its time is checked by the server's own clock.
fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[ISSUER]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation
}
