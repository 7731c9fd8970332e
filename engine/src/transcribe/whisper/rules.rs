//! Which tokens may follow: Whisper's grammar of times and text (Radford et al. 2022, and the decoding that its authors
//! published).

use super::tokenizer::Tokenizer;

/// Steps of 20 ms up to which the first time may lie: a second.
const LATEST_BEGINNING: u32 = 50;

/// What holds for one stretch of audio.
pub(super) struct Rules<'a> {
    pub(super) tokenizer: &'a Tokenizer,
    /// Length of the audio in steps of 20 ms: no time lies after it.
    pub(super) length: u32,
}

impl Rules<'_> {
    /// Takes away, by a score of minus infinity, what may not follow what was said so far.
    pub(super) fn apply(&self, said: &[u32], scores: &mut [f32]) {
        let first_time = self.tokenizer.special().first_timestamp as usize;
        let end = self.tokenizer.special().end_of_text as usize;
        // All specials but the end of the text and times.
        forbid(scores, end + 1..first_time);
        if said.is_empty() {
            // It begins with a time, and with an early one.
            forbid(scores, 0..first_time);
            let latest = self.length.min(LATEST_BEGINNING) as usize;
            forbid(scores, first_time + latest + 1..usize::MAX);
            return;
        }
        forbid(scores, first_time + self.length as usize + 1..usize::MAX);
        let is_time = |token: &u32| *token as usize >= first_time;
        let last_is_time = said.last().is_some_and(is_time);
        let before_is_time = said.len() < 2 || is_time(&said[said.len() - 2]);
        if last_is_time && before_is_time {
            forbid(scores, first_time..usize::MAX);
        } else if last_is_time {
            // What ended is followed by a beginning, or by the end of everything.
            forbid(scores, 0..end);
        }
        if let Some(time) = said.iter().rev().find(|token| is_time(token)) {
            // Times grow, but where one thing ends the next may begin.
            let earliest = *time as usize + usize::from(!last_is_time || before_is_time);
            forbid(scores, first_time..earliest);
        }
        if times_are_likelier(scores, first_time) {
            forbid(scores, 0..first_time);
        }
    }
}

fn forbid(scores: &mut [f32], tokens: std::ops::Range<usize>) {
    let end = tokens.end.min(scores.len());
    if tokens.start < end {
        scores[tokens.start..end].fill(f32::NEG_INFINITY);
    }
}

/// Whether all times together are likelier than the likeliest of everything else.
fn times_are_likelier(scores: &[f32], first_time: usize) -> bool {
    let (others, times) = scores.split_at(first_time.min(scores.len()));
    let largest = |scores: &[f32]| scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (other, time) = (largest(others), largest(times));
    if time == f32::NEG_INFINITY {
        return false;
    }
    let sum: f32 = times.iter().map(|score| (score - time).exp()).sum();
    time + sum.ln() > other
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOCABULARY: usize = 51_864;

    fn tokenizer() -> Tokenizer {
        let words: Vec<[u8; 1]> = (0..=u8::MAX).map(|byte| [byte]).collect();
        Tokenizer::new(&words, VOCABULARY).unwrap()
    }

    /// Whether a token may follow, of audio of ten seconds.
    fn allowed(said: &[u32], token: u32, scores: impl Fn(&mut [f32])) -> bool {
        let tokenizer = tokenizer();
        let rules = Rules {
            tokenizer: &tokenizer,
            length: 500,
        };
        let mut all = vec![0.0; VOCABULARY];
        // Text and its end are likelier than all times together, where they are not forbidden.
        all[..256].fill(20.0);
        all[tokenizer.special().end_of_text as usize] = 20.0;
        scores(&mut all);
        rules.apply(said, &mut all);
        all[token as usize] > f32::NEG_INFINITY
    }

    #[test]
    fn it_begins_with_an_early_time() {
        let first = tokenizer().special().first_timestamp;
        let after = |token| allowed(&[], token, |_| ());
        assert!(after(first) && after(first + LATEST_BEGINNING));
        assert!(!after(first + LATEST_BEGINNING + 1) && !after(7));
        assert!(!after(tokenizer().special().end_of_text));
    }

    #[test]
    fn times_come_in_pairs_and_grow_up_to_the_end() {
        let special = *tokenizer().special();
        let (first, end) = (special.first_timestamp, special.end_of_text);
        let after = |said: &[u32], token| allowed(said, token, |_| ());
        // After the first time comes text, or nothing at all.
        assert!(after(&[first], 7) && after(&[first], end) && !after(&[first], first + 9));
        // After text anything that is later.
        let said = [first + 10, 7];
        assert!(after(&said, 8) && after(&said, first + 11) && !after(&said, first + 10));
        assert!(after(&said, first + 500) && !after(&said, first + 501));
        // Where something ended, the next begins at the same time or later, or everything ends.
        let said = [first, 7, first + 10];
        assert!(after(&said, first + 10) && after(&said, end));
        assert!(!after(&said, first + 9) && !after(&said, 7));
        // After such a pair comes text.
        let said = [first, 7, first + 10, first + 10];
        assert!(after(&said, 7) && !after(&said, first + 11));
        // Languages and tasks never follow.
        assert!(!after(&said, special.transcribe) && !after(&said, special.no_speech));
    }

    #[test]
    fn likely_times_forbid_text() {
        let first = tokenizer().special().first_timestamp;
        let likely = |scores: &mut [f32]| scores[first as usize + 20] = 21.0;
        assert!(!allowed(&[first, 7], 8, likely) && allowed(&[first, 7], 8, |_| ()));
    }
}
