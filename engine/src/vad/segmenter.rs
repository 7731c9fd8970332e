//! Probabilities of windows -> where speech begins and ends.
//!
//! Speech begins once a window is likelier than a threshold, and ends once all windows of some time were
//! less likely than a lower one: between the two it goes on, so that it does not flicker.

use super::WINDOW;
use crate::audio::SPEECH_RATE;

/// How easily speech begins and ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensitivity {
    /// Probability in `[0, 1]` from which a window is speech; lower hears more, noise too.
    pub threshold: f32,
    /// Seconds without speech after which it has ended.
    pub silence: f64,
    /// Seconds of speech before it counts as such: clicks are shorter.
    pub least_speech: f64,
}

impl Default for Sensitivity {
    fn default() -> Self {
        Self {
            threshold: 0.5,
            silence: 0.5,
            least_speech: 0.1,
        }
    }
}

/// Where something changed, in samples from the start of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Speech began here; it is told [`Sensitivity::least_speech`] later.
    Started(u64),
    /// Speech ended here; it is told [`Sensitivity::silence`] later.
    Stopped(u64),
}

/// How far below the threshold speech is no longer heard; the value of Silero's own iterator.
const HYSTERESIS: f32 = 0.15;

#[derive(Debug, Clone)]
pub(super) struct Segmenter {
    sensitivity: Sensitivity,
    windows: u64,
    speaking: bool,
    /// The first window of what may be speech.
    candidate: Option<u64>,
    /// The first window of what may be its end.
    quiet_since: Option<u64>,
}

impl Segmenter {
    pub(super) fn new(sensitivity: Sensitivity) -> Self {
        Self {
            sensitivity,
            windows: 0,
            speaking: false,
            candidate: None,
            quiet_since: None,
        }
    }

    pub(super) fn speaking(&self) -> bool {
        self.speaking
    }

    pub(super) fn judged(&self) -> u64 {
        self.windows * WINDOW as u64
    }

    /// The next window's probability.
    pub(super) fn next(&mut self, probability: f32) -> Option<Change> {
        let window = self.windows;
        self.windows += 1;
        if self.speaking {
            self.while_speaking(window, probability)
        } else {
            self.while_quiet(window, probability)
        }
    }

    fn while_quiet(&mut self, window: u64, probability: f32) -> Option<Change> {
        if probability < self.sensitivity.threshold - self.hysteresis() {
            self.candidate = None;
            return None;
        }
        if probability < self.sensitivity.threshold && self.candidate.is_none() {
            return None;
        }
        let began = *self.candidate.get_or_insert(window);
        if self.windows - began < windows(self.sensitivity.least_speech) {
            return None;
        }
        self.speaking = true;
        self.candidate = None;
        self.quiet_since = None;
        Some(Change::Started(began * WINDOW as u64))
    }

    fn while_speaking(&mut self, window: u64, probability: f32) -> Option<Change> {
        if probability >= self.sensitivity.threshold {
            self.quiet_since = None;
            return None;
        }
        if probability >= self.sensitivity.threshold - self.hysteresis()
            && self.quiet_since.is_none()
        {
            return None;
        }
        let since = *self.quiet_since.get_or_insert(window);
        if self.windows - since < windows(self.sensitivity.silence) {
            return None;
        }
        self.speaking = false;
        self.quiet_since = None;
        Some(Change::Stopped(since * WINDOW as u64))
    }

    /// Of a low threshold no more than half is taken off.
    fn hysteresis(&self) -> f32 {
        HYSTERESIS.min(self.sensitivity.threshold / 2.0)
    }
}

/// Windows that cover so many seconds, at least one.
fn windows(seconds: f64) -> u64 {
    let exact = seconds * f64::from(SPEECH_RATE) / WINDOW as f64;
    (exact.ceil() as u64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(probabilities: &[(f32, usize)]) -> Vec<Change> {
        let mut segmenter = Segmenter::new(Sensitivity::default());
        probabilities
            .iter()
            .flat_map(|(probability, count)| std::iter::repeat_n(*probability, *count))
            .filter_map(|probability| segmenter.next(probability))
            .collect()
    }

    #[test]
    fn speech_begins_where_it_was_first_likely_and_ends_where_it_was_last() {
        let found = changes(&[(0.0, 10), (0.9, 20), (0.1, 20)]);
        assert_eq!(found, [Change::Started(5120), Change::Stopped(30 * 512)]);
    }

    #[test]
    fn a_click_and_a_short_pause_are_no_changes() {
        assert_eq!(changes(&[(0.0, 10), (0.9, 2), (0.0, 30)]), []);
        let paused = changes(&[(0.9, 20), (0.1, 10), (0.9, 20), (0.0, 20)]);
        assert_eq!(paused, [Change::Started(0), Change::Stopped(50 * 512)]);
    }

    #[test]
    fn what_is_neither_keeps_the_state() {
        assert_eq!(changes(&[(0.4, 100)]), []);
        assert_eq!(changes(&[(0.9, 10), (0.4, 100)]), [Change::Started(0)]);
    }
}
