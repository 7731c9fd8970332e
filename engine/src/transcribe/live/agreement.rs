//! What two decodes in a row agree on.

use super::guard::plain;
use crate::{text::ends_sentence, transcribe::Word};

/// Seconds of buffered audio from which on a committed sentence leaves it.
const TRIM_AFTER: f64 = 6.0;
/// Seconds from which on it need not be a sentence.
const TRIM_ANYWHERE: f64 = 12.0;
/// Seconds from which on the older half of what is tentative is committed without agreement: a decoder that never
/// agrees with itself would be given more and more.
const COMMIT_ANYWAY: f64 = 20.0;
/// Committed words that stay when no sentence ends: the next decode finds its place by them.
const KEPT: usize = 2;
/// What a second between two places weighs beside a word that differs.
const TIME_WEIGHT: f64 = 0.5;
/// Probability below which a word is not committed before its utterance is over: what follows may correct it.
const BELIEVED: f32 = 0.45;
/// Seconds within which two words begin at the same place.
const SAME_PLACE: f64 = 0.4;
/// What it weighs that the last word before the new ones is not the last that was committed.
const ENDING_WEIGHT: f64 = 0.5;

/// The words of what is buffered: committed ones, then tentative ones.
#[derive(Debug, Default)]
pub(super) struct Agreement {
    committed: Vec<Word>,
    tentative: Vec<Word>,
    /// The tentative words that were told last.
    told: Vec<String>,
}

/// Where the buffer can be cut, in seconds, and the committed words before that.
#[derive(Debug, PartialEq)]
pub(super) struct Cut {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) words: Vec<Word>,
}

impl Agreement {
    /// The words of the next decode; gives those that are committed now.
    pub(super) fn next(&mut self, words: Vec<Word>) -> Vec<Word> {
        let fresh = self.fresh(words);
        let agreed = fresh
            .iter()
            .zip(&self.tentative)
            .take_while(|(new, old)| {
                plain(&new.word) == plain(&old.word) && new.probability >= BELIEVED
            })
            .count();
        self.commit(fresh, agreed)
    }

    /// The words of the last decode: all of them are committed.
    pub(super) fn close(&mut self, words: Vec<Word>) -> Vec<Word> {
        let fresh = self.fresh(words);
        let count = fresh.len();
        // What is told next is new, whatever it is.
        self.told.clear();
        self.commit(fresh, count)
    }

    /// There is no further decode: what is tentative is committed.
    pub(super) fn rest(&mut self) -> Vec<Word> {
        let rest = std::mem::take(&mut self.tentative);
        self.told.clear();
        self.committed.extend(rest.iter().cloned());
        rest
    }

    /// Whether a tentative word is too improbable to be committed without another decode.
    pub(super) fn is_doubtful(&self) -> bool {
        let mut words = self.tentative.iter();
        words.any(|word| word.probability < BELIEVED)
    }

    /// Whether the words so far, the last of them not a doubtful one, are finished sentences.
    pub(super) fn is_finished(&self) -> bool {
        let last = self.tentative.last().or(self.committed.last());
        last.is_some_and(|word| word.probability >= BELIEVED && ends_sentence(&word.word))
    }

    /// Whether there is more than what may have been committed long ago.
    pub(super) fn is_growing(&self) -> bool {
        self.committed.len() > KEPT || !self.tentative.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.committed.is_empty() && self.tentative.is_empty()
    }

    /// The tentative words, if they are others than those that were told last.
    pub(super) fn changed(&mut self) -> Option<Vec<Word>> {
        let words = self.tentative.iter().map(|word| word.word.clone());
        let words: Vec<String> = words.collect();
        if words == self.told {
            return None;
        }
        self.told = words;
        Some(self.tentative.clone())
    }

    /// What can leave a buffer of so many seconds.
    pub(super) fn cut(&mut self, length: f64) -> Option<Cut> {
        if length < TRIM_AFTER {
            return None;
        }
        let sentence = self
            .committed
            .iter()
            .rposition(|word| ends_sentence(&word.word));
        let count = match sentence {
            Some(last) => last + 1,
            None if length >= TRIM_ANYWHERE => self.committed.len().saturating_sub(KEPT),
            None => 0,
        };
        let last = self.committed[..count].last()?;
        let from = last.end;
        let next = self.committed.get(count).or(self.tentative.first());
        let to = next.map_or(from, |next| next.start.max(from));
        let words = self.committed.drain(..count).collect();
        Some(Cut { from, to, words })
    }

    /// Commits the older half of what is tentative, when a buffer of so many seconds holds nothing else that
    /// could leave it.
    pub(super) fn commit_anyway(&mut self, length: f64) -> Vec<Word> {
        if length < COMMIT_ANYWAY || self.committed.len() > KEPT {
            return Vec::new();
        }
        let tentative = std::mem::take(&mut self.tentative);
        let half = tentative.len().div_ceil(2);
        self.commit(tentative, half)
    }

    fn commit(&mut self, mut fresh: Vec<Word>, count: usize) -> Vec<Word> {
        self.tentative = fresh.split_off(count);
        self.committed.extend(fresh.iter().cloned());
        fresh
    }

    /// What follows the committed words where the last of them, two at least, were now heard as one: `1, 2, 3,` as the
    /// beginning of `1-2-3-4-5`. Letters alone would find such words anywhere, so it must lie where they do.
    fn rest_of_joined(&self, words: &[Word]) -> Option<Vec<Word>> {
        let last = self.committed.last()?;
        for (place, word) in words.iter().enumerate() {
            let heard = plain(&word.word);
            let mut joined = String::new();
            let mut count = 0;
            for committed in self.committed.iter().rev() {
                let said = plain(&committed.word);
                count += usize::from(!said.is_empty());
                joined.insert_str(0, &said);
                let there = (word.start - committed.start).abs() <= SAME_PLACE
                    && word.end >= last.end - SAME_PLACE;
                if count > 1 && there && heard.starts_with(&joined) {
                    return Some(rest_of(&words[place..], &joined, last.end));
                }
                if joined.len() > heard.len() {
                    break;
                }
            }
        }
        None
    }

    /// What follows the committed words: after as many words as resemble them most, by their letters and, among
    /// equals, by their time.
    fn fresh(&self, mut words: Vec<Word>) -> Vec<Word> {
        let Some(last) = self.committed.last() else {
            return words;
        };
        let distances = distances(&self.committed, &words);
        let weigh = |(count, distance): (usize, &usize)| {
            let before = count.checked_sub(1).map(|index| &words[index]);
            let end = match before {
                None => words.first().map_or(last.end, |word| word.start),
                Some(word) => word.end,
            };
            let same = before.is_some_and(|word| plain(&word.word) == plain(&last.word));
            let ending = if same { 0.0 } else { ENDING_WEIGHT };
            *distance as f64 + ending + TIME_WEIGHT * (end - last.end).abs()
        };
        let weights = distances.iter().enumerate().map(weigh);
        let best = weights
            .enumerate()
            .min_by(|left, right| left.1.total_cmp(&right.1));
        let count = best.map_or(0, |(count, _)| count);
        let found = count.checked_sub(1).map(|index| plain(&words[index].word));
        let joined = (found != Some(plain(&last.word))).then(|| self.rest_of_joined(&words));
        let mut fresh = match joined.flatten() {
            Some(fresh) => fresh,
            None => words.split_off(count),
        };
        // Times only grow.
        let mut earliest = last.end;
        for word in &mut fresh {
            word.start = word.start.max(earliest);
            word.end = word.end.max(word.start);
            earliest = word.start;
        }
        fresh
    }
}

/// How many words must be changed, added or removed to turn all of `known` into the first 0, 1, 2, … of `found`
/// (Levenshtein 1966).
fn distances(known: &[Word], found: &[Word]) -> Vec<usize> {
    let found: Vec<String> = found.iter().map(|word| plain(&word.word)).collect();
    let mut row: Vec<usize> = (0..=found.len()).collect();
    for (index, word) in known.iter().enumerate() {
        let word = plain(&word.word);
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, found) in found.iter().enumerate() {
            let changed = diagonal + usize::from(*found != word);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row
}

/// The words, the first of them without the beginning that was committed.
fn rest_of(words: &[Word], committed: &str, end: f64) -> Vec<Word> {
    let mut fresh = words.to_vec();
    let rest = after(&words[0].word, committed.chars().count());
    if rest.contains(char::is_alphanumeric) {
        rest.clone_into(&mut fresh[0].word);
        fresh[0].start = end.min(words[0].end);
    } else {
        fresh.remove(0);
    }
    fresh
}

/// A word without its first letters and digits, so many of them, and what stands between them and the next.
fn after(word: &str, letters: usize) -> &str {
    let mut places = word
        .char_indices()
        .filter(|(_, letter)| letter.is_alphanumeric());
    places.nth(letters).map_or("", |(place, _)| &word[place..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of half a second each, the first of which begins then.
    fn words(text: &str, start: f64) -> Vec<Word> {
        let words = text.split_whitespace().enumerate();
        words
            .map(|(index, word)| Word {
                word: word.to_owned(),
                start: start + index as f64 * 0.5,
                end: start + index as f64 * 0.5 + 0.4,
                probability: 0.9,
            })
            .collect()
    }

    fn text(words: &[Word]) -> String {
        let words: Vec<&str> = words.iter().map(|word| word.word.as_str()).collect();
        words.join(" ")
    }

    #[test]
    fn what_is_said_twice_is_committed_once() {
        let mut agreement = Agreement::default();
        assert_eq!(text(&agreement.next(words("And so my", 0.0))), "");
        assert_eq!(text(&agreement.changed().unwrap()), "And so my");
        let second = agreement.next(words("And so, my fellow", 0.0));
        assert_eq!(text(&second), "And so, my");
        assert_eq!(text(&agreement.changed().unwrap()), "fellow");
        assert!(agreement.changed().is_none());
        let third = agreement.next(words("and so my fellow Americans", 0.0));
        assert_eq!(text(&third), "fellow");
        let last = agreement.close(words("And so my fellow Americans, ask.", 0.0));
        assert_eq!(text(&last), "Americans, ask.");
        assert_eq!(text(&agreement.rest()), "");
    }

    #[test]
    fn committed_words_that_are_heard_otherwise_are_not_said_again() {
        let mut agreement = Agreement::default();
        agreement.close(words("the old mill grinds", 0.0));
        let fresh = agreement.close(words("the cold mill grinds barley", 0.0));
        assert_eq!(text(&fresh), "barley");
        let fresh = agreement.close(words("the cold mill grinds his barley now", 0.0));
        assert_eq!(text(&fresh), "now");
    }

    #[test]
    fn words_that_are_heard_as_one_later_are_not_said_again() {
        let mut agreement = Agreement::default();
        agreement.close(words("1, 2, 3,", 0.0));
        let mut joined = words("1-2-3-4-5. Go", 0.0);
        joined[0].end = 2.4;
        let fresh = agreement.close(joined);
        assert_eq!(text(&fresh), "4-5. Go");
        assert!((fresh[0].start - 1.4).abs() < 1e-9);
        let mut agreement = Agreement::default();
        agreement.close(words("every one", 0.0));
        let mut joined = words("Everyone knows", 0.0);
        joined[0].end = 0.9;
        (joined[1].start, joined[1].end) = (1.0, 1.4);
        assert_eq!(text(&agreement.close(joined)), "knows");
    }

    #[test]
    fn words_that_begin_like_the_last_ones_are_no_part_of_them() {
        for (said, more) in [
            ("Isabel is a", "Isabel is a teacher"),
            ("she is beautiful may be a", "she is beautiful may be a bit"),
            ("Comment ça va ?", "Comment ça va ? Bien"),
            ("well - ?", "well - ? so"),
        ] {
            let mut agreement = Agreement::default();
            agreement.close(words(said, 0.0));
            let last = more.split(' ').next_back().unwrap();
            assert_eq!(text(&agreement.close(words(more, 0.0))), last, "{said}");
        }
    }

    #[test]
    fn a_repeated_word_is_placed_by_its_time() {
        let mut agreement = Agreement::default();
        agreement.close(words("no", 0.0));
        assert_eq!(text(&agreement.close(words("no no no", 0.0))), "no no");
    }

    #[test]
    fn a_sentence_leaves_a_long_buffer_and_a_phrase_a_longer_one() {
        let mut agreement = Agreement::default();
        agreement.close(words("It rained. We stayed", 0.0));
        assert!(agreement.cut(5.0).is_none());
        let cut = agreement.cut(8.0).unwrap();
        assert_eq!(text(&cut.words), "It rained.");
        assert!((cut.from - 0.9).abs() < 1e-9 && (cut.to - 1.0).abs() < 1e-9);
        assert!(agreement.cut(8.0).is_none());
        agreement.close(words("We stayed at home all day", 1.0));
        let cut = agreement.cut(13.0).unwrap();
        assert_eq!(text(&cut.words), "We stayed at home");
    }

    #[test]
    fn a_decoder_that_never_agrees_does_not_stop_the_stream() {
        let mut agreement = Agreement::default();
        for attempt in 0..3 {
            assert!(
                agreement
                    .next(words(&format!("w{attempt} x y z"), 0.0))
                    .is_empty()
            );
        }
        assert!(agreement.commit_anyway(10.0).is_empty());
        assert_eq!(text(&agreement.commit_anyway(25.0)), "w2 x");
    }
}
