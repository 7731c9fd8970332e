//! English sentences, written for this: on no page that a model could have learnt by heart.
//!
//! They have no numbers, names, contractions or words that are spelt in two ways, because those would count as errors
//! where nothing was misheard.

/// All of them, none twice.
pub fn all() -> impl Iterator<Item = &'static str> {
    include_str!("../../data/sentences.txt").lines()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn none_is_there_twice() {
        let distinct: HashSet<&str> = all().collect();
        assert_eq!(distinct.len(), all().count());
    }

    #[test]
    fn they_are_enough_for_half_an_hour() {
        // The voice says 213 words a minute; after each sentence is a pause of 1.4 s on average.
        let spoken = all().flat_map(str::split_whitespace).count() as f64 / 213.0;
        let pauses = all().count() as f64 * 1.4 / 60.0;
        // The voice's rhythm is drawn at random, so there must be some to spare.
        assert!(spoken + pauses > 31.5, "{} min", spoken + pauses);
    }

    #[test]
    fn nothing_in_them_can_be_written_in_two_ways() {
        for sentence in all() {
            let is_plain = |letter: char| letter.is_ascii_alphabetic() || " ,.'".contains(letter);
            assert!(sentence.chars().all(is_plain), "{sentence}");
        }
    }
}
