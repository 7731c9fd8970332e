use super::*;

fn replaced(pairs: &[(&str, &str)], text: &str) -> String {
    let replacements = Replacements::new(pairs.iter().copied()).unwrap();
    let words: Vec<&str> = text.split(' ').collect();
    let texts: Vec<String> = replacements
        .apply(&words)
        .into_iter()
        .map(|t| t.text)
        .collect();
    texts.join(" ")
}

#[test]
fn whole_words_and_phrases_longest_first() {
    let pairs = [("new york", "NY"), ("new york city", "NYC"), ("cat", "dog")];
    assert_eq!(replaced(&pairs, "New York City, new york."), "NYC, NY.");
    assert_eq!(
        replaced(&pairs, "\"Cat\" category cat's"),
        "\"Dog\" category cat's"
    );
    assert_eq!(replaced(&pairs, "new, york new"), "new, york new");
}

#[test]
fn case_is_taken_over_only_by_lower_case() {
    assert_eq!(
        replaced(&[("gonna", "going to")], "Gonna go"),
        "Going to go"
    );
    assert_eq!(replaced(&[("iphone", "iPhone")], "Iphone."), "iPhone.");
    assert_eq!(replaced(&[("at and t", "AT&T")], "at and t"), "AT&T");
}

#[test]
fn empty_replacements_leave_out() {
    assert_eq!(
        replaced(&[("you know", "")], "I, you know, think"),
        "I, think"
    );
}

#[test]
fn tokens_cover_what_they_replace() {
    let replacements = Replacements::new([("a b", "c d")]).unwrap();
    let expected = [
        Token::single("x", 0),
        Token {
            text: "c d".into(),
            first: 1,
            last: 2,
        },
    ];
    assert_eq!(replacements.apply(&["x", "a", "b"]), expected);
}

#[test]
fn limits_hold() {
    let many: Vec<String> = (0..=MOST_REPLACEMENTS).map(|n| n.to_string()).collect();
    let pairs = many.iter().map(|find| (find.as_str(), ""));
    assert_eq!(Replacements::new(pairs), Err(ReplacementError::TooMany));
    assert_eq!(
        Replacements::new([(" . ", "x")]),
        Err(ReplacementError::Empty(0))
    );
    let long = "a ".repeat(MOST_WORDS + 1);
    assert_eq!(
        Replacements::new([(long.as_str(), "")]),
        Err(ReplacementError::TooLong(0))
    );
    assert!(Replacements::new([]).unwrap().is_empty());
}
