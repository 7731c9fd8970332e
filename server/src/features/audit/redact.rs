//! Keeps secrets out of the log, should a use case ever hand one over.
//!
//! What a detail is called decides first, then what its text looks like. Text from outside is cut
//! and freed of control characters too: a log must not be a way to fill a disk or a terminal.

use serde_json::{Map, Value};

/// What stands in the place of a secret.
pub const REDACTED: &str = "(redacted)";

/// Most characters of one text.
const MOST_TEXT: usize = 500;
/// Most bytes of all details of an event.
const MOST_DETAILS: usize = 16 << 10;

/// Names that contain one of these tell of a secret, however they are put together.
const TELLING: [&str; 10] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "authorization",
    "cookie",
    "credential",
    "apikey",
    "privatekey",
];
/// Words that tell of a secret when they stand alone in a name.
const WORDS: [&str; 9] = [
    "key", "keys", "code", "codes", "otp", "totp", "pin", "bearer", "jwt",
];
/// Last words of names that speak about a secret without being one: `key_id`, `token_count`.
const HARMLESS: [&str; 6] = ["id", "ids", "kind", "count", "at", "expiry"];
/// Names with a telling word that mean something else.
const PUBLIC: [&str; 4] = ["status_code", "error_code", "country_code", "language_code"];

/// The details as they may be kept, as JSON text.
pub fn details(details: Map<String, Value>) -> String {
    let text = Value::Object(object(details)).to_string();
    if text.len() <= MOST_DETAILS {
        return text;
    }
    serde_json::json!({ "left_out": format!("{} bytes of details", text.len()) }).to_string()
}

/// A text from outside as it may be kept.
pub fn text(text: &str) -> String {
    if is_secret(text) {
        return REDACTED.to_owned();
    }
    let shown = |character: char| {
        if character.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            character
        }
    };
    text.chars().map(shown).take(MOST_TEXT).collect()
}

fn object(fields: Map<String, Value>) -> Map<String, Value> {
    let kept = fields.into_iter().map(|(name, inner)| {
        let inner = if names_secret(&name) {
            hide(inner)
        } else {
            value(inner)
        };
        (text(&name), inner)
    });
    kept.collect()
}

fn value(value: Value) -> Value {
    match value {
        Value::String(inner) => Value::String(text(&inner)),
        Value::Array(items) => Value::Array(items.into_iter().map(self::value).collect()),
        Value::Object(fields) => Value::Object(object(fields)),
        other => other,
    }
}

/// Yes, no and nothing may be told: whether there was a secret is none.
fn hide(value: Value) -> Value {
    match value {
        Value::Bool(_) | Value::Null => value,
        _ => Value::String(REDACTED.to_owned()),
    }
}

fn names_secret(name: &str) -> bool {
    let words = words(name);
    let harmless = words
        .last()
        .is_some_and(|last| words.len() > 1 && HARMLESS.contains(&last.as_str()));
    if harmless || PUBLIC.contains(&words.join("_").as_str()) {
        return false;
    }
    let together = words.concat();
    TELLING.iter().any(|telling| together.contains(telling))
        || words.iter().any(|word| WORDS.contains(&word.as_str()))
}

/// The words of `snake_case`, `kebab-case`, `camelCase` and the like, in small letters.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && after_small) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (character.is_alphanumeric(), words.last_mut()) {
            word.extend(character.to_lowercase());
        }
        after_small = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether the text contains what looks like an API key, a signed token, an `Authorization` header or a
/// private key.
fn is_secret(text: &str) -> bool {
    let mut words = text.split(|character: char| {
        character.is_whitespace() || matches!(character, '"' | '\'' | ',' | ';' | '=')
    });
    let api_key = |word: &str| word.starts_with("loc_") && word.len() > 32;
    let signed = |word: &str| word.starts_with("eyJ") && word.matches('.').count() >= 2;
    text.contains("PRIVATE KEY-----")
        || text.to_ascii_lowercase().starts_with("bearer ")
        || words.any(|word| api_key(word) || signed(word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(value: Value) -> Value {
        let Value::Object(fields) = value else {
            panic!("details are an object")
        };
        serde_json::from_str(&details(fields)).unwrap()
    }

    #[test]
    fn what_is_named_like_a_secret_is_hidden_wherever_it_stands() {
        for name in [
            "password",
            "Password",
            "new_password",
            "passwordHash",
            "refreshToken",
            "token",
            "client-secret",
            "key",
            "api_key",
            "apiKey",
            "APIKEY",
            "code",
            "recovery_codes",
            "Authorization",
            "set-cookie",
            "cookies",
            "totp",
            "credentials",
        ] {
            let shown = kept(json!({ "deep": [{ name: "hunter2" }], name: ["hunter2"] }));
            assert!(!shown.to_string().contains("hunter2"), "{name}: {shown}");
            assert_eq!(shown[name], REDACTED, "{name}");
        }
        assert_eq!(kept(json!({ "code": 123_456 }))["code"], REDACTED);
    }

    #[test]
    fn what_only_speaks_of_secrets_stays() {
        let harmless = json!({
            "key_id": "7", "token_count": 3, "status_code": 404, "keyboard": "us", "password": true,
            "email": "a@example.org", "monkey": "x", "encoded": "y",
        });
        assert_eq!(kept(harmless.clone()), harmless);
    }

    #[test]
    fn texts_that_look_like_secrets_are_hidden_under_any_name() {
        let key = format!("used loc_abcdefghij_{}", "A".repeat(43));
        for secret in [key.as_str(), "Bearer abc", "eyJhbGciOi.eyJzdWIi.c2ln"] {
            assert_eq!(
                kept(json!({ "note": secret }))["note"],
                REDACTED,
                "{secret}"
            );
            assert_eq!(text(secret), REDACTED);
        }
        assert_eq!(text("loc_abcdefghij"), "loc_abcdefghij");
    }

    #[test]
    fn texts_are_bounded_and_printable() {
        assert_eq!(text("a\u{1b}[2J\0\nb"), "a\u{fffd}[2J\u{fffd}\u{fffd}b");
        assert_eq!(text(&"ä".repeat(600)).chars().count(), MOST_TEXT);
        let many: Map<_, _> = (0..1000)
            .map(|number| (number.to_string(), Value::from("x".repeat(100))))
            .collect();
        assert!(details(many).len() < 100);
    }
}
