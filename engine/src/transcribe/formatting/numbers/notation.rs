//! Digits as a language writes them.

use super::language::Notation;

/// Numbers from here on have their digits grouped.
const GROUPED: u64 = 10_000;

impl Notation {
    /// `105,200` in English, `105.200` in German; `2024` in both.
    pub(super) fn integer(&self, number: u64) -> String {
        let digits = number.to_string();
        if number < GROUPED {
            return digits;
        }
        let mut written = String::with_capacity(digits.len() * 2);
        for (at, digit) in digits.char_indices() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                written.push(self.group);
            }
            written.push(digit);
        }
        written
    }

    /// The number that digits, grouped or not, stand for. Nothing when they are grouped in another
    /// way, or have zeros before them, as codes do.
    pub(super) fn value(&self, digits: &str) -> Option<u64> {
        let space = |c: char| c == '\u{a0}' || c == '\u{202f}';
        let mut groups = digits.split(|c| c == self.group || (space(c) && space(self.group)));
        let first = groups.next()?;
        let rest: Vec<&str> = groups.collect();
        let grouped = rest.iter().all(|group| group.len() == 3) && first.len() <= 3;
        let joined = first.to_owned() + &rest.concat();
        let number = joined.bytes().all(|digit| digit.is_ascii_digit())
            && (joined == "0" || !joined.starts_with('0'))
            && (rest.is_empty() || grouped);
        // Longer numbers than fit are no numbers here.
        if number { joined.parse().ok() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{english::ENGLISH, french::FRENCH, german::GERMAN};

    #[test]
    fn digits_are_grouped() {
        assert_eq!(ENGLISH.notation.integer(9_999), "9999");
        assert_eq!(ENGLISH.notation.integer(105_200), "105,200");
        assert_eq!(GERMAN.notation.integer(1_000_000), "1.000.000");
        assert_eq!(FRENCH.notation.integer(10_000), "10\u{202f}000");
    }

    #[test]
    fn digits_are_read() {
        assert_eq!(ENGLISH.notation.value("105,200"), Some(105_200));
        assert_eq!(FRENCH.notation.value("10\u{a0}000"), Some(10_000));
        for wrong in [
            "",
            "007",
            "1,00",
            "1.5",
            "1,,000",
            "1234,567",
            "99999999999999999999",
        ] {
            assert_eq!(ENGLISH.notation.value(wrong), None, "{wrong}");
        }
    }
}
