//! Which characters a text may have, and its normal form.

use unicode_normalization::UnicodeNormalization;

/// How many lines a text may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// One.
    One,
    /// Any number, broken by a line feed; tabs are fine too.
    Many,
}

/// Cleans a text: normal form C, no white space around it; in longer texts each line break becomes a
/// line feed.
///
/// # Errors
/// Names the first character that no text may have.
pub fn cleaned(text: &str, lines: Lines) -> Result<String, String> {
    let written = text;
    let text = match lines {
        Lines::One => text.trim().to_owned(),
        Lines::Many => text.trim().replace("\r\n", "\n").replace('\r', "\n"),
    };
    if text.is_empty() && !written.is_empty() {
        return Err("is only white space; write something or leave it empty".to_owned());
    }
    if let Some(character) = text.chars().find(|character| !is_fine(*character, lines)) {
        let code = u32::from(character);
        let name = kind(character);
        return Err(format!("has the {name} U+{code:04X}; leave it out"));
    }
    // Composing can bring white space to an end that had none, so it is trimmed again.
    Ok(text.nfc().collect::<String>().trim().to_owned())
}

fn is_fine(character: char, lines: Lines) -> bool {
    let breaks = matches!(character, '\n' | '\t');
    let separators = matches!(character, '\u{2028}' | '\u{2029}');
    match lines {
        Lines::One if breaks || separators => false,
        Lines::Many if breaks => true,
        _ => !character.is_control() && !reorders(character) && !is_no_text(character),
    }
}

/// Changes the direction in which other characters are shown, so that a text reads otherwise than it
/// is. The marks that only give a direction to their own place (U+200E, U+200F, U+061C) are fine.
fn reorders(character: char) -> bool {
    matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Characters that Unicode keeps for use inside of programs, has withdrawn, or takes for annotations;
/// those beyond U+FFFF do no harm, and a pattern could not name them for every reader.
fn is_no_text(character: char) -> bool {
    matches!(
        character,
        '\u{206A}'..='\u{206F}'
            | '\u{FDD0}'..='\u{FDEF}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{FFFE}'
            | '\u{FFFF}'
    )
}

/// The same rules as a regular expression, as JSON Schema takes it: empty, or with some character that is
/// not white space, and without those that no text may have.
pub fn pattern(lines: Lines) -> String {
    let controls = match lines {
        Lines::One => r"\x00-\x1f\x7f-\x9f\u2028\u2029",
        Lines::Many => r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f",
    };
    let others = r"\u202a-\u202e\u2066-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff";
    let fine = format!("[^{controls}{others}]");
    let visible = format!(r"[^\s{controls}{others}]");
    format!("^(?:{fine}*{visible}{fine}*)?$")
}

fn kind(character: char) -> &'static str {
    if reorders(character) {
        "invisible character that reorders text,"
    } else if character.is_control() {
        "control character"
    } else {
        "character"
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_no_text_may_have_is_refused() {
        for text in [
            "a\0b",
            "a\u{1b}[31m",
            "a\u{7f}",
            "a\u{85}b",
            "a\u{202e}b",
            "a\u{2066}b",
            "a\u{fffe}",
            "a\u{fdd0}",
            "x\u{feff}y",
        ] {
            for lines in [Lines::One, Lines::Many] {
                let refused = cleaned(text, lines).unwrap_err();
                assert!(refused.contains("U+"), "{text:?}: {refused}");
            }
        }
        assert!(cleaned(" \t ", Lines::One).is_err());
        assert_eq!(cleaned("a\rb", Lines::Many).unwrap(), "a\nb");
        for text in ["a\nb", "a\tb", "a\u{2028}b"] {
            assert!(cleaned(text, Lines::One).is_err());
            assert_eq!(cleaned(text, Lines::Many).unwrap(), text);
        }
    }

    #[test]
    fn what_people_write_is_kept() {
        assert_eq!(
            cleaned("  Mu\u{308}hle ", Lines::One).unwrap(),
            "M\u{fc}hle"
        );
        assert_eq!(cleaned(" a\r\nb\n", Lines::Many).unwrap(), "a\nb");
        for text in [
            "مرحبا\u{200f}!",
            "👩\u{200d}💻",
            "نمی\u{200c}خواهم",
            "漢字",
            "",
            "🏴",
        ] {
            assert_eq!(cleaned(text, Lines::One).unwrap(), text);
        }
    }

    proptest! {
        #[test]
        fn a_cleaned_text_is_clean(text in ".*|[ \\n\\t\\r\\u{300}-\\u{310}\\u{2028}a]*") {
            for lines in [Lines::One, Lines::Many] {
                if let Ok(clean) = cleaned(&text, lines) {
                    prop_assert_eq!(cleaned(&clean, lines), Ok(clean.clone()));
                    prop_assert!(unicode_normalization::is_nfc(&clean));
                    prop_assert_eq!(clean.trim(), clean.as_str());
                    prop_assert!(clean.chars().all(|character| is_fine(character, lines)));
                }
            }
        }
    }
}
