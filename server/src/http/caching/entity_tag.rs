//! Entity tags: names of the exact bytes of a reply (RFC 9110, section 8.8.3).

use axum::http::HeaderValue;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::http::version::Version;

/// Bytes of the digest that a tag shows: enough that no two replies share one.
const SHOWN: usize = 16;

/// A strong entity tag, with its quotation marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag(String);

impl EntityTag {
    /// The tag of a reply. Its version belongs to it, because the same value looks otherwise in
    /// another version.
    pub fn of_bytes(body: &[u8], version: Version) -> Self {
        let mut digest = Sha256::new();
        digest.update(version.date());
        digest.update([0]);
        digest.update(body);
        let digest = digest.finalize();
        let shown = digest.get(..SHOWN).unwrap_or(&digest);
        Self(format!("\"{}\"", URL_SAFE_NO_PAD.encode(shown)))
    }

    /// The tag that the reply to a GET with this value as JSON has.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn of_json(value: &impl Serialize, version: Version) -> serde_json::Result<Self> {
        serde_json::to_vec(value).map(|body| Self::of_bytes(&body, version))
    }

    /// As a header's value.
    pub fn to_header(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(&self.0).ok()
    }

    /// Whether a list such as that of `If-Match` has it, by the strong comparison: weak tags do not
    /// count. `*` stands for any tag.
    pub fn is_in(&self, list: &str) -> bool {
        list.trim() == "*" || members(list).any(|member| member == self.0)
    }
}

/// Whether a list such as that of `If-None-Match` has a tag, by the weak comparison: `W/` makes no
/// difference. `*` stands for any tag.
pub fn matches_weakly(list: &str, tag: &str) -> bool {
    let plain = |tag: &'_ str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    list.trim() == "*" || members(list).any(|member| plain(member) == plain(tag))
}

/// Our own tags have no comma, and only they are looked for; so cutting a foreign one does no harm.
fn members(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_exact_bytes_of_one_version() {
        let versions = Version::all().collect::<Vec<_>>();
        let tag = EntityTag::of_bytes(b"{}", versions[0]);
        assert_eq!(
            tag,
            EntityTag::of_json(&serde_json::json!({}), versions[0]).unwrap()
        );
        assert_ne!(tag, EntityTag::of_bytes(b"{ }", versions[0]));
        assert_ne!(tag, EntityTag::of_bytes(b"{}", versions[1]));
        let list = format!("\"x\", {}", tag.0);
        assert!(tag.is_in(&list) && tag.is_in("*") && !tag.is_in("\"x\""));
        let weak = format!("W/{}", tag.0);
        assert!(!tag.is_in(&weak) && matches_weakly(&weak, &tag.0));
        assert!(!matches_weakly("\"x\"", &tag.0) && !matches_weakly("", &tag.0));
    }
}
