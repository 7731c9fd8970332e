//! What scripts tell about the texts written in them.

/// Whether the character is of a script that puts no spaces between words: Han, kana, Thai, Lao,
/// Khmer, Burmese.
pub fn is_unspaced(character: char) -> bool {
    is_han(character)
        || matches!(character,
            '\u{3040}'..='\u{30FF}' // Hiragana, Katakana
            | '\u{0E00}'..='\u{0EFF}' // Thai, Lao
            | '\u{1000}'..='\u{109F}' // Burmese
            | '\u{1780}'..='\u{17FF}') // Khmer
}

/// Whether the character is a Chinese one.
pub(crate) fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_told_apart() {
        assert!("今日はスสကខ町".chars().all(is_unspaced));
        assert!(!"aßн안नع1 ".chars().any(is_unspaced));
        assert!(is_han('町') && !is_han('は'));
    }
}
