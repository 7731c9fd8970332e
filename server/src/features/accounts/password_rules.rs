//! What a new password must be like.
//!
//! Length and the number of guesses it would take (zxcvbn, Wheeler 2016) instead of a recipe of
//! characters; what is known about the person counts as known to whoever guesses.

use unicode_normalization::UnicodeNormalization;
use zxcvbn::matching::patterns::MatchPattern;

use crate::config::PasswordRules;

/// A password that keeps the rules, in Unicode's composed form: the same keys on another keyboard
/// give the same text.
#[derive(Clone)]
pub struct NewPassword(String);

impl NewPassword {
    /// Checks a password; `context` is what is known about the person: name, address.
    ///
    /// # Errors
    /// What is wrong with it and what would be right.
    pub fn check(text: &str, context: &[&str], rules: &PasswordRules) -> Result<Self, String> {
        let password: String = text.nfc().collect();
        let length = password.chars().count();
        if length < rules.least_characters {
            return Err(format!(
                "has {length} characters; take at least {}, e.g. four or five words",
                rules.least_characters
            ));
        }
        if length > rules.most_characters {
            return Err(format!(
                "has {length} characters; take at most {}",
                rules.most_characters
            ));
        }
        if let Some(missing) = missing(&password, rules) {
            return Err(format!("needs {missing}"));
        }
        let words = words(context);
        if let Some(word) = contains(&password, &words) {
            return Err(format!(
                "consists mostly of `{word}`, which is known about you; take other words"
            ));
        }
        strength(&password, &words, rules)?;
        Ok(Self(password))
    }

    /// The text, to be hashed.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// The composed form in which a password is compared.
pub fn normalised(text: &str) -> String {
    text.nfc().collect()
}

fn missing(password: &str, rules: &PasswordRules) -> Option<&'static str> {
    let has = |wanted: fn(char) -> bool| password.chars().any(wanted);
    let symbol = |character: char| !character.is_alphanumeric();
    if rules.lower_case && !has(char::is_lowercase) {
        Some("a lower-case letter")
    } else if rules.upper_case && !has(char::is_uppercase) {
        Some("an upper-case letter")
    } else if rules.digit && !has(char::is_numeric) {
        Some("a digit")
    } else if rules.symbol && !has(symbol) {
        Some("a character that is neither letter nor digit")
    } else {
        None
    }
}

/// The words of names and addresses, in lower case; short ones say nothing.
fn words(context: &[&str]) -> Vec<String> {
    const LEAST: usize = 4;
    let split = context
        .iter()
        .flat_map(|text| text.split(|character: char| !character.is_alphanumeric()));
    let mut words: Vec<String> = split
        .filter(|word| word.chars().count() >= LEAST)
        .map(str::to_lowercase)
        .collect();
    words.sort();
    words.dedup();
    words
}

/// A known word that makes up half of the password or more.
fn contains<'a>(password: &str, words: &'a [String]) -> Option<&'a String> {
    let lower = password.to_lowercase();
    let length = lower.chars().count();
    words
        .iter()
        .find(|word| lower.contains(*word) && word.chars().count() * 2 >= length)
}

fn strength(password: &str, words: &[String], rules: &PasswordRules) -> Result<(), String> {
    let mut known: Vec<&str> = words.iter().map(String::as_str).collect();
    known.push("locutor");
    let estimate = zxcvbn::zxcvbn(password, &known);
    let common = estimate.sequence().iter().any(|found| {
        let whole = found.i == 0 && found.j + 1 == password.chars().count();
        whole && matches!(found.pattern, MatchPattern::Dictionary(_))
    });
    if common {
        return Err("is a common password or word; take several words".to_owned());
    }
    if u8::from(estimate.score()) >= rules.least_strength {
        return Ok(());
    }
    let feedback = estimate.feedback();
    let warning = feedback.and_then(|feedback| feedback.warning().map(|one| one.to_string()));
    let suggestion = feedback
        .and_then(|feedback| feedback.suggestions().first())
        .map(ToString::to_string);
    Err(match warning.or(suggestion) {
        Some(advice) => format!("is too easy to guess: {}", advice.trim_end_matches('.')),
        None => "is too easy to guess; take several words".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<String, String> {
        let context = ["Ada Lovelace", "ada.lovelace@example.org"];
        NewPassword::check(password, &context, &PasswordRules::default())
            .map(NewPassword::into_text)
    }

    #[test]
    fn good_ones_pass_whatever_their_alphabet_and_length() {
        for password in [
            "plum harbour quiet lantern",
            "Жираф летит над рекой",
            "tr0ub4dor&3-violins",
            &"an owl counts seven green bottles on a windy bridge at night ".repeat(3),
        ] {
            assert!(check(password).is_ok(), "{password}: {:?}", check(password));
        }
    }

    #[test]
    fn bad_ones_are_refused_with_a_reason() {
        for (password, reason) in [
            ("short", "at least 12"),
            ("aaaaaaaaaaaaaaaa", "guess"),
            ("passwordpassword", "guess"),
            ("lovelace1815", "known about you"),
            ("qwertyuiop12", "guess"),
            (&"x".repeat(300), "at most 256"),
        ] {
            let refused = check(password).unwrap_err();
            assert!(refused.contains(reason), "{password}: {refused}");
        }
    }

    #[test]
    fn composition_can_be_asked_for() {
        let rules = PasswordRules {
            upper_case: true,
            digit: true,
            symbol: true,
            ..PasswordRules::default()
        };
        let check = |password| NewPassword::check(password, &[], &rules).map(|_| ());
        assert!(
            check("plum harbour quiet lantern")
                .unwrap_err()
                .contains("upper-case")
        );
        assert!(
            check("Plum harbour quiet lantern")
                .unwrap_err()
                .contains("digit")
        );
        assert!(check("Plum harbour quiet lantern 7").is_ok());
    }

    #[test]
    fn composed_and_decomposed_letters_are_the_same() {
        let composed = check("café plum harbour lantern").unwrap();
        assert_eq!(composed, check("cafe\u{301} plum harbour lantern").unwrap());
    }
}
