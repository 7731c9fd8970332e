//! Passwords for accounts whose owner is not there to choose one.

use crate::{config::PasswordRules, ports::Randomness};

/// Letters and digits that nobody takes for one another.
const CHARACTERS: &[u8; 57] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Characters between two hyphens.
const GROUP: usize = 5;
/// Least groups: 20 characters of 57 are 116 bits.
const LEAST_GROUPS: usize = 4;

/// A random password that keeps the rules, in groups that can be read out.
pub fn generated_password(randomness: &dyn Randomness, rules: &PasswordRules) -> String {
    let groups = rules
        .least_characters
        .saturating_add(1)
        .div_ceil(GROUP + 1)
        .max(LEAST_GROUPS);
    loop {
        let group = |_| {
            (0..GROUP)
                .map(|_| character(randomness))
                .collect::<String>()
        };
        let password = (0..groups).map(group).collect::<Vec<_>>().join("-");
        // Most are of every kind; the others would break rules of composition.
        let has = |wanted: fn(&char) -> bool| password.chars().any(|one| wanted(&one));
        let kinds = [
            char::is_ascii_lowercase,
            char::is_ascii_uppercase,
            char::is_ascii_digit,
        ];
        if kinds.into_iter().all(has) {
            return password;
        }
    }
}

/// Each with the same chance: bytes beyond the last whole round are thrown away.
fn character(randomness: &dyn Randomness) -> char {
    let round = 256 / CHARACTERS.len() * CHARACTERS.len();
    loop {
        let mut byte = [0];
        randomness.fill(&mut byte);
        let number = usize::from(byte[0]);
        if number < round {
            return char::from(CHARACTERS[number % CHARACTERS.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{adapters::SystemRandomness, features::accounts::password_rules::NewPassword};

    #[test]
    fn they_keep_even_strict_rules_and_differ() {
        let strict = PasswordRules {
            least_characters: 40,
            least_strength: 4,
            lower_case: true,
            upper_case: true,
            digit: true,
            symbol: true,
            ..PasswordRules::default()
        };
        let mut seen = HashSet::new();
        for rules in [PasswordRules::default(), strict] {
            for _ in 0..100 {
                let password = generated_password(&SystemRandomness, &rules);
                let context = ["Ada Lovelace", "ada@example.org"];
                let checked = NewPassword::check(&password, &context, &rules);
                assert_eq!(checked.map(NewPassword::into_text), Ok(password.clone()));
                assert!(seen.insert(password));
            }
        }
    }

    #[test]
    fn every_character_comes_up() {
        let seen: HashSet<char> = (0..10_000).map(|_| character(&SystemRandomness)).collect();
        assert_eq!(seen.len(), CHARACTERS.len());
    }
}
