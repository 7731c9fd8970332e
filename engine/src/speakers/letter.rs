//! What to call somebody whose name is not known.

/// `A` to `Z`, then `AA` and so on.
pub fn letter(speaker: usize) -> String {
    let letter = char::from(b'A' + (speaker % 26) as u8);
    match (speaker / 26).checked_sub(1) {
        Some(before) => format!("{}{letter}", self::letter(before)),
        None => letter.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speakers_have_letters() {
        assert_eq!(letter(0), "A");
        assert_eq!(letter(25), "Z");
        assert_eq!(letter(26), "AA");
        assert_eq!(letter(53), "BB");
    }
}
