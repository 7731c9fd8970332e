//! Email addresses, checked for what a mail server takes (a part of RFC 5321), not for whether anybody
//! reads them: only a mail can tell that.

use std::{borrow::Cow, fmt};

use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

/// Most bytes of an address.
const MOST: usize = 254;

/// Most bytes before the `@`.
const MOST_LOCAL: usize = 64;

/// An address. Its domain is in lower case and in ASCII, so that every spelling of an international
/// domain is one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Checks an address; white space around it is left out.
    ///
    /// # Errors
    /// What is wrong with it, without quoting it.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let (local, domain) = text
            .trim()
            .split_once('@')
            .ok_or("is not an email address: it has no `@`")?;
        check_local(local)?;
        let domain = ascii_domain(domain)?;
        let address = format!("{local}@{domain}");
        if address.len() > MOST {
            return Err("is longer than 254 bytes, the most that an email address may have");
        }
        Ok(Self(address))
    }

    /// The address as it was written, to send mail to.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes two addresses one account's: all in lower case. Hardly any mail server tells upper
    /// from lower case, and people type both.
    pub fn canonical(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

fn check_local(local: &str) -> Result<(), &'static str> {
    if local.is_empty() {
        return Err("is not an email address: nothing stands before the `@`");
    }
    if local.len() > MOST_LOCAL {
        return Err(
            "has more than 64 bytes before the `@`, the most that an email address may have",
        );
    }
    if !local.bytes().all(is_local) {
        return Err(
            "has a character before the `@` that email addresses here do not have; letters of the English alphabet, digits and some signs are fine",
        );
    }
    if local.split('.').any(str::is_empty) {
        return Err("has a dot too many before the `@`");
    }
    Ok(())
}

/// What RFC 5321 allows there without quotation marks.
fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte)
}

fn ascii_domain(domain: &str) -> Result<String, &'static str> {
    let refused = "is not an email address: what follows the `@` is not the name of a domain";
    let ascii = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::Check,
            DnsLength::Verify,
        )
        .map_err(|_| refused)?;
    // A name without a dot is a machine of one's own network, and one that ends in digits an address.
    let last = ascii.rsplit_once('.').map(|(_, last)| last);
    match last {
        Some(last) if last.bytes().any(|byte| byte.is_ascii_alphabetic()) => Ok(ascii.into_owned()),
        _ => Err(refused),
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(reader)?;
        Self::new(&text).map_err(D::Error::custom)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl PartialSchema for EmailAddress {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
            .max_length(Some(MOST))
            .examples(["ada@example.org"])
            .into()
    }
}

impl ToSchema for EmailAddress {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_address_has_one_canonical_form() {
        for (text, address, canonical) in [
            ("ada@example.org", "ada@example.org", "ada@example.org"),
            (
                " Ada.L+x@EXAMPLE.org ",
                "Ada.L+x@example.org",
                "ada.l+x@example.org",
            ),
            (
                "a@bücher.example",
                "a@xn--bcher-kva.example",
                "a@xn--bcher-kva.example",
            ),
            (
                "a@BU\u{308}CHER.example",
                "a@xn--bcher-kva.example",
                "a@xn--bcher-kva.example",
            ),
        ] {
            let found = EmailAddress::new(text).unwrap();
            assert_eq!(
                (found.as_str(), found.canonical().as_str()),
                (address, canonical)
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        let long = format!("a@{}.org", ["b".repeat(60).as_str(); 5].join("."));
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "a@b@example.org",
            "a b@example.org",
            "a@example",
            "a@exa mple.org",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            ".a@example.org",
            "a..b@example.org",
            "a.@example.org",
            "a@-example.org",
            "a@example..org",
            "a\r\nBcc: b@example.org",
            "a\0@example.org",
            "\"a b\"@example.org",
            "ä@example.org",
            "a@ex_ample.org",
            "a@example.org.",
            "a@exam\u{202e}ple.org",
            "a,b@example.org",
            "<a@example.org>",
            &long_local,
            &long,
        ] {
            assert!(EmailAddress::new(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn an_accepted_address_is_plain_and_accepted_again(text in "\\PC{0,20}|[a-zA-Z.+ü-]{1,9}@[a-zA-Zß.-]{1,9}\\.[a-z]{2,3}") {
            if let Ok(address) = EmailAddress::new(&text) {
                let plain = address.as_str().bytes().all(|byte| byte.is_ascii_graphic());
                prop_assert!(plain && address.as_str().len() <= MOST);
                prop_assert_eq!(address.as_str().matches('@').count(), 1);
                prop_assert_eq!(&EmailAddress::new(address.as_str()).unwrap(), &address);
                let canonical = EmailAddress::new(&address.canonical()).unwrap();
                prop_assert_eq!(canonical.canonical(), address.canonical());
            }
        }
    }
}
