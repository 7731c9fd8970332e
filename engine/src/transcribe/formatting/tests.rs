use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn everything() -> Formatting {
    Formatting {
        fillers: Fillers::Drop,
        numbers: Numbers::digits(),
        punctuation: Punctuation::Remove,
        case: Case::Lower,
        replacements: Replacements::new([("gonna", "going to"), ("covid 19", "COVID-19")]).unwrap(),
        profanity: Profanity::new(ProfanityMode::Mask),
    }
}

#[test]
fn the_default_changes_nothing() {
    let text = " Um, \"twenty three\" fucking\n Men! ";
    assert_eq!(
        Formatting::default().apply_to_text(text, "en"),
        text.trim_end()
    );
    assert!(Formatting::default().is_default());
    assert!(!everything().is_default());
}

#[test]
fn all_steps_work_together() {
    let text =
        "Um, I'm gonna, uh, pay twenty uh three\ndollars for the fucking Covid nineteen test!";
    let expected = "i'm going to pay $23\nfor the f****** COVID-19 test";
    assert_eq!(
        everything().apply_to_text(text, "en-US"),
        expected.replace("$23\nfor", "$23 for")
    );
}

#[test]
fn replacements_do_not_get_round_the_mask() {
    let formatting = Formatting {
        replacements: Replacements::new([("shoot", "shit"), ("fuck", "fudge")]).unwrap(),
        ..everything()
    };
    assert_eq!(formatting.apply_to_text("Shoot, fuck!", "en"), "s*** fudge");
}

#[test]
fn words_that_are_left_out_are_not_covered() {
    let tokens = everything().apply(&["Um,", "twenty", "uh", "three", "...", "men."], "en");
    let expected = [("23", 1, 3), ("men", 5, 5)];
    let expected = expected.map(|(text, first, last)| Token {
        text: text.into(),
        first,
        last,
    });
    assert_eq!(tokens, expected);
}

#[test]
fn long_texts_take_linear_time() {
    for word in [
        "five", "twenty", "hundred", "and", "um", "point", "cento", "gonna", "\"um", "um.\"",
        "one-", "a",
    ] {
        let words = vec![word; 10_000];
        let start = Instant::now();
        for language in ["en", "it", "fr"] {
            everything().apply(&words, language);
        }
        let taken = start.elapsed();
        assert!(taken < Duration::from_secs(20), "{word}: {taken:?}");
    }
    let long = "five".repeat(20_000);
    let start = Instant::now();
    for language in ["en", "it", "de", "ru"] {
        everything().apply(&[&long, &long, &"a-".repeat(20_000)], language);
    }
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
}

/// Words that the rules look for.
const KNOWN: &str = "um uh five twenty hundred thousand million trillion and a point percent dollars \
    cents oh first second twenty-first fuck gonna at p.m. dreiundzwanzig Komma Euro \
    quatre-vingt vingt et dix mille pour cent treinta y por ciento vírgula e mil milhões \
    cento mila 23 105,200 3.14 5% 21st 0 - …";

/// Words that the rules look for, with marks, among others that nobody expects.
fn word() -> impl Strategy<Value = String> {
    let known = prop::sample::select(KNOWN.split(' ').collect::<Vec<_>>());
    let marks = prop::sample::select(vec!["", "", "", "", ".", ",", "\"", "...", "?!", "\u{301}"]);
    prop_oneof![
        6 => (marks.clone(), known, marks).prop_map(|(before, word, after)| before.to_owned() + word + after),
        1 => any::<String>(),
    ]
}

fn formatting() -> impl Strategy<Value = Formatting> {
    let numbers = prop_oneof![
        Just(Numbers::Keep),
        Just(Numbers::Words),
        any::<u64>().prop_map(|least| Numbers::Digits { least: least >> 60 }),
    ];
    let modes = [
        ProfanityMode::Keep,
        ProfanityMode::Mask,
        ProfanityMode::Remove,
    ];
    let modes = prop::sample::select(modes.to_vec());
    (numbers, modes, any::<[bool; 4]>()).prop_map(|(numbers, mode, [fillers, marks, case, own])| {
        Formatting {
            fillers: if fillers {
                Fillers::Drop
            } else {
                Fillers::Keep
            },
            numbers,
            punctuation: if marks {
                Punctuation::Remove
            } else {
                Punctuation::Keep
            },
            case: if case { Case::Lower } else { Case::Keep },
            replacements: if own {
                everything().replacements
            } else {
                Replacements::default()
            },
            profanity: Profanity::new(mode),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn tokens_cover_words_in_order(
        words in prop::collection::vec(word(), 0..20),
        formatting in formatting(),
        language in prop::sample::select(vec!["en", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "tr", "ja", ""]),
    ) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let tokens = formatting.apply(&words, language);
        let mut next = 0;
        for token in &tokens {
            prop_assert!(!token.text.is_empty());
            prop_assert!(token.first >= next && token.first <= token.last);
            prop_assert!(token.last < words.len());
            next = token.last + 1;
        }
        formatting.apply_to_text(&words.join(" "), language);
    }

    #[test]
    fn the_default_keeps_every_word(words in prop::collection::vec(word(), 0..20)) {
        let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
        let tokens = Formatting::default().apply(&words, "en");
        prop_assert_eq!(tokens.len(), words.len());
        for (at, (token, word)) in tokens.iter().zip(&words).enumerate() {
            prop_assert_eq!((token.text.as_str(), token.first, token.last), (*word, at, at));
        }
    }
}
