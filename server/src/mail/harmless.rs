//! What strangers wrote, made harmless for a mail in our name.

/// Most characters that are shown of a short value.
const MOST: usize = 80;
/// The same of a message.
const MOST_MESSAGE: usize = 2000;

/// One line, not too long, that no mail program turns into a link, and that does not change the direction of
/// what stands beside it.
pub fn harmless(text: &str) -> String {
    clean(text, MOST)
}

/// The same for longer texts.
pub fn harmless_message(text: &str) -> String {
    clean(text, MOST_MESSAGE)
}

fn clean(text: &str, most: usize) -> String {
    let visible: String = text
        .chars()
        .filter(|character| !is_invisible(*character))
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    let mut line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(most) {
        line.truncate(end);
        line.push('…');
    }
    without_links(&line)
}

/// Characters without a width, and those that turn the direction of the text.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Takes the scheme's colon and the full stops of host names away; those after a word and
/// in numbers stay.
fn without_links(line: &str) -> String {
    let mut characters = line.chars().peekable();
    let mut cleaned = String::with_capacity(line.len());
    while let Some(character) = characters.next() {
        let next = characters.peek();
        let replaced = match character {
            ':' if next == Some(&'/') => ' ',
            '.' | '。' | '．' | '｡' if next.is_some_and(|next| next.is_alphabetic()) => '·',
            '@' => '＠',
            other => other,
        };
        cleaned.push(replaced);
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_values_stay_as_they_are() {
        for text in [
            "Grete Müller",
            "Dr. No",
            "203.0.113.7",
            "2001:db8::1",
            "O'Neill & Söhne <3",
        ] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn nothing_becomes_a_link_or_another_line() {
        for (text, cleaned) in [
            ("see https://evil.example/x", "see https //evil·example/x"),
            ("www.evil.example", "www·evil·example"),
            ("http://203.0.113.7/", "http //203.0.113.7/"),
            ("a@evil.example", "a＠evil·example"),
            ("Grete\r\n\r\nYour account", "Grete Your account"),
            ("\u{202e}txet\u{200b}", "txet"),
        ] {
            assert_eq!(harmless(text), cleaned);
        }
        let long = harmless(&"é".repeat(500));
        assert_eq!(long.chars().count(), MOST + 1);
        assert_eq!(harmless_message(&"é".repeat(500)).chars().count(), 500);
    }
}
