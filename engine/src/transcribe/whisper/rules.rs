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
