//! The hashes that hold the log together.
//!
//! Each event's hash is HMAC-SHA-256 (RFC 2104) over the hash before it and all its fields, the
//! end of the chain and the checkpoints are sealed in the same way. The key never lies in the
//! database: whoever can only write there cannot make a chain that fits.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::entity::{audit_checkpoint, audit_event, audit_head};

/// The key of the chain; the same for all processes that share a database, and for good: events
/// that were written under another key no longer verify.
#[derive(Clone)]
pub struct AuditKey([u8; 32]);

impl AuditKey {
    /// Takes 32 secret bytes, derived from the server's secret for nothing but this.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What the event's hash must be when it follows one with the hash `previous`.
    pub(super) fn event(&self, previous: &[u8], row: &audit_event::Model) -> Vec<u8> {
        self.digest("event")
            .bytes(previous)
            .number(row.sequence)
            .bytes(row.id.as_bytes())
            .number(row.at)
            .text(&row.category)
            .text(&row.action)
            .text(&row.outcome)
            .optional(row.actor_kind.as_deref())
            .optional(row.actor_id.as_ref().map(|id| id.as_bytes().as_slice()))
            .optional(row.organisation.as_ref().map(|id| id.as_bytes().as_slice()))
            .optional(row.target_kind.as_deref())
            .optional(row.target_id.as_deref())
            .optional(row.address.as_deref())
            .optional(row.agent.as_deref())
            .optional(row.request_id.as_deref())
            .text(&row.details)
            .finish()
    }

    /// The seal of a chain that ends with this event.
    pub(super) fn head(&self, sequence: i64, hash: &[u8]) -> Vec<u8> {
        self.digest("head").number(sequence).bytes(hash).finish()
    }

    /// The seal of a checkpoint.
    pub(super) fn checkpoint(&self, sequence: i64, hash: &[u8], at: i64) -> Vec<u8> {
        self.digest("checkpoint")
            .number(sequence)
            .bytes(hash)
            .number(at)
            .finish()
    }

    /// Whether the end is one that this key sealed, or that of a log which never began.
    pub(super) fn sealed_head(&self, head: &audit_head::Model) -> bool {
        let begins = head.sequence == 0 && head.hash.is_empty() && head.seal.is_empty();
        begins || same(&self.head(head.sequence, &head.hash), &head.seal)
    }

    /// Whether this key sealed the checkpoint.
    pub(super) fn sealed_checkpoint(&self, row: &audit_checkpoint::Model) -> bool {
        same(&self.checkpoint(row.sequence, &row.hash, row.at), &row.seal)
    }

    fn digest(&self, label: &str) -> Digest {
        // HMAC takes keys of every length, so the other branch never runs.
        let Ok(mac) = Hmac::new_from_slice(&self.0) else {
            unreachable!("HMAC takes keys of every length")
        };
        Digest(mac).text(label)
    }
}

/// Compares in a time that does not tell where they differ.
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

/// As it is printed.
pub(super) fn hexadecimal(hash: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    hash.iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// Takes fields one by one, each with its length before it, so that no two lists look alike.
struct Digest(Hmac<Sha256>);

impl Digest {
    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
        self
    }

    fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    fn number(self, number: i64) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    /// Nothing is not the same as an empty text.
    fn optional<T: AsRef<[u8]> + ?Sized>(self, value: Option<&T>) -> Self {
        match value {
            None => self.bytes(&[0]),
            Some(value) => self.bytes(&[1]).bytes(value.as_ref()),
        }
    }

    fn finish(self) -> Vec<u8> {
        self.0.finalize().into_bytes().to_vec()
    }
}
