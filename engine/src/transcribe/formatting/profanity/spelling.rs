//! Other spellings of a word: digits and signs in the place of letters, letters drawn out.

/// Longest word, in bytes, that other spellings are tried of. Longer ones are in no list.
const LONGEST: usize = 64;

/// The word itself first, then what it may stand for: `sh1t` for `shit` and `shlt`, `fuuuck` for
/// `fuck` and `fuuck`. The word is expected in lower case.
pub(super) fn spellings(word: &str) -> Vec<String> {
    let mut found = vec![word.to_owned()];
    if word.len() > LONGEST {
        return found;
    }
    if word.contains('ё') {
        found.push(word.replace('ё', "е"));
    }
    // Numbers are no words, and an asterisk shows that somebody has masked the word already.
    let has_letter = word.contains(char::is_alphabetic);
    if has_letter && word.contains(|c| letter(c, 'i') != c) {
        for one in ['i', 'l'] {
            found.push(word.chars().map(|c| letter(c, one)).collect());
        }
    }
    for most in [1, 2] {
        for at in 0..found.len() {
            let shorter = shortened(&found[at], most);
            if !found.contains(&shorter) {
                found.push(shorter);
            }
        }
    }
    found
}

/// The letter that a sign stands for; `one` is what a `1` does.
fn letter(sign: char, one: char) -> char {
    match sign {
        '0' => 'o',
        '1' => one,
        '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Runs of three and more of the same letter, shortened to at most `most`.
fn shortened(word: &str, most: usize) -> String {
    let characters: Vec<char> = word.chars().collect();
    characters
        .chunk_by(|left, right| left == right)
        .flat_map(|run| &run[..if run.len() > 2 { most } else { run.len() }])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_stand_for_letters() {
        assert_eq!(spellings("sh1t"), ["sh1t", "shit", "shlt"]);
        assert_eq!(spellings("a$$"), ["a$$", "ass", "ass"]);
        assert_eq!(spellings("455"), ["455"]);
    }

    #[test]
    fn drawn_out_letters_are_shortened() {
        assert_eq!(spellings("fuuuck"), ["fuuuck", "fuck", "fuuck"]);
        assert_eq!(spellings("book"), ["book"]);
    }
}
