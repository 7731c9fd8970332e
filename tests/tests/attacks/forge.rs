//! Making access tokens as an attacker can: with a key of one's own, or what everybody may know.

use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use locutor_tests::Server;
use serde_json::Value;
use sha2::Sha256;

use crate::{accounts::Person, client::Client};

/// A genuine token in its parts, and the key that verifies it.
pub struct Genuine {
    /// The token itself.
    pub token: String,
    /// Its header.
    pub header: Value,
    /// Its claims.
    pub claims: Value,
    /// The public key, as the server lists it.
    pub key: Value,
}

impl Genuine {
    /// The token of somebody new.
    ///
    /// # Errors
    /// When the server gives none, or does not list its key.
    pub fn of(server: &Server) -> Result<Self> {
        let (_, session) = Person::enter(server)?;
        let part = |index| -> Result<Value> {
            let part = session.access.split('.').nth(index).context("a part")?;
            Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part)?)?)
        };
        let keys = Client::new(server).get("/auth/.well-known/jwks.json")?;
        let keys = keys.expect(200)?.json()?;
        let header = part(0)?;
        let listed = keys["keys"].as_array().context("keys")?;
        let key = listed.iter().find(|key| key["kid"] == header["kid"]);
        Ok(Self {
            key: key.context("the token's key is not listed")?.clone(),
            claims: part(1)?,
            header,
            token: session.access,
        })
    }

    /// The header with other fields.
    pub fn header_with(&self, changes: &Value) -> Value {
        merged(&self.header, changes)
    }

    /// The bytes of the public key.
    ///
    /// # Errors
    /// When there are none.
    pub fn public(&self) -> Result<Vec<u8>> {
        let text = self.key["x"].as_str().context("no public key")?;
        Ok(URL_SAFE_NO_PAD.decode(text)?)
    }
}

/// The value with other fields.
pub fn merged(value: &Value, changes: &Value) -> Value {
    let mut value = value.clone();
    for (name, change) in changes.as_object().into_iter().flatten() {
        value[name] = change.clone();
    }
    value
}

/// As a part of a token.
pub fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Signs with a key of the attacker's.
pub fn forged(header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", encoded(header), encoded(claims));
    let signature = SigningKey::from_bytes(&[7; 32]).sign(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

/// Signs with HMAC, the secret being what everybody may know.
///
/// # Errors
/// When the secret is none.
pub fn symmetric(header: &Value, claims: &Value, secret: &[u8]) -> Result<String> {
    let signed = format!("{}.{}", encoded(header), encoded(claims));
    let mut code = Hmac::<Sha256>::new_from_slice(secret)?;
    code.update(signed.as_bytes());
    let code = URL_SAFE_NO_PAD.encode(code.finalize().into_bytes());
    Ok(format!("{signed}.{code}"))
}

/// The public key as a PEM file would hold it: the prefix is that of an Ed25519 key (RFC 8410).
pub fn pem(public: &[u8]) -> String {
    let prefix = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    let body = base64::engine::general_purpose::STANDARD.encode([&prefix[..], public].concat());
    format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
}
