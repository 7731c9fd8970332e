//! The text of a key, its public prefix and its digest.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::ports::Randomness;

/// A key's text; it has no `Debug`, so that it cannot slip into a log.
pub struct Secret(String);

const MARK: &str = "loc_";
const PREFIX_DIGITS: usize = 12;
const SECRET_BYTES: usize = 32;

impl Secret {
    /// A new key.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut secret = [0; SECRET_BYTES];
        randomness.fill(&mut secret);
        let prefix = prefix_digits(randomness);
        Self(format!("{MARK}{prefix}_{}", URL_SAFE_NO_PAD.encode(secret)))
    }

    /// A key as a client sent it; `None` when it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, secret) = text.strip_prefix(MARK)?.split_once('_')?;
        let plausible = prefix.len() == PREFIX_DIGITS && secret.len() <= 64;
        plausible.then(|| Self(text.to_owned()))
    }

    /// The part that may be shown, e.g. `loc_4f1k0c9m2a7q`.
    pub fn prefix(&self) -> &str {
        self.0.get(..MARK.len() + PREFIX_DIGITS).unwrap_or(&self.0)
    }

    /// SHA-256 of the whole text.
    pub fn digest(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }

    /// Compares in a time that does not depend on where the digests differ.
    pub fn matches(&self, digest: &[u8]) -> bool {
        self.digest().ct_eq(digest).into()
    }

    /// The whole text, to be shown once.
    pub fn reveal(self) -> String {
        self.0
    }
}

/// Lower-case letters and digits without `l`, `o`, `i`, `u`: 32 symbols, 5 bits each.
fn prefix_digits(randomness: &dyn Randomness) -> String {
    const SYMBOLS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut bytes = [0; PREFIX_DIGITS];
    randomness.fill(&mut bytes);
    bytes
        .iter()
        .map(|byte| char::from(SYMBOLS[usize::from(byte % 32)]))
        .collect()
}
