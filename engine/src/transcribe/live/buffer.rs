//! The audio that may still be decoded.

use std::ops::Range;

use crate::{audio::SPEECH_RATE, transcribe::level::quietest_frame};

/// Most seconds that are held: after that the oldest audio is lost, which only happens to a stream that nobody
/// decodes.
pub(super) const MOST_SECONDS: usize = 60;
const MOST: usize = MOST_SECONDS * SPEECH_RATE as usize;

/// The latest samples of a stream; places are counted from the start of the stream.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    samples: Vec<f32>,
    start: u64,
}

impl Buffer {
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    pub(super) fn end(&self) -> u64 {
        self.start + self.samples.len() as u64
    }

    /// What is too old leaves it.
    pub(super) fn push(&mut self, samples: &[f32]) {
        self.samples.extend_from_slice(samples);
        let excess = self.samples.len().saturating_sub(MOST);
        self.drop_first(excess);
    }

    /// Lets go of everything before this place.
    pub(super) fn cut(&mut self, at: u64) {
        let range = self.range(self.start, at);
        self.drop_first(range.end);
    }

    /// Lets go of everything but the last samples.
    pub(super) fn keep(&mut self, last: u64) {
        self.cut(self.end().saturating_sub(last));
    }

    pub(super) fn copy(&self, from: u64, until: u64) -> Vec<f32> {
        self.samples[self.range(from, until)].to_vec()
    }

    /// Where it is quietest between two places; the first of them when there is nothing between.
    pub(super) fn quietest(&self, from: u64, until: u64) -> u64 {
        let range = self.range(from, until);
        let offset = quietest_frame(&self.samples[range.clone()]).unwrap_or(0);
        self.start + (range.start + offset) as u64
    }

    /// What is held of a stretch.
    fn range(&self, from: u64, until: u64) -> Range<usize> {
        let place = |at: u64| {
            let offset = at.clamp(self.start, self.end()) - self.start;
            usize::try_from(offset).unwrap_or(usize::MAX)
        };
        place(from)..place(until).max(place(from))
    }

    fn drop_first(&mut self, count: usize) {
        self.samples.drain(..count);
        self.start += count as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stay_what_they_were_while_it_moves() {
        let mut buffer = Buffer::default();
        buffer.push(&[0.0, 1.0, 2.0, 3.0, 4.0]);
        buffer.cut(2);
        assert_eq!((buffer.start(), buffer.end()), (2, 5));
        assert_eq!(buffer.copy(3, 9), [3.0, 4.0]);
        buffer.cut(1);
        buffer.keep(1);
        assert_eq!((buffer.start(), buffer.copy(0, 9)), (4, vec![4.0]));
        buffer.cut(100);
        assert_eq!((buffer.start(), buffer.end()), (5, 5));
    }

    #[test]
    fn what_nobody_decodes_is_lost_in_the_end() {
        let mut buffer = Buffer::default();
        buffer.push(&vec![0.0; MOST]);
        assert_eq!(buffer.start(), 0);
        buffer.push(&[1.0; 10]);
        assert_eq!((buffer.start(), buffer.samples.len()), (10, MOST));
    }

    #[test]
    fn the_quietest_place_is_found() {
        let mut samples = vec![0.5; 3_200];
        samples[1_600..1_920].fill(0.0);
        let mut buffer = Buffer::default();
        buffer.push(&[0.0; 100]);
        buffer.push(&samples);
        buffer.cut(100);
        assert_eq!(buffer.quietest(100, 3_300), 100 + 1_760);
        assert_eq!(buffer.quietest(200, 200), 200);
    }
}
