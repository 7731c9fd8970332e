//! Where somebody speaks -> what is transcribed at once.

use std::ops::Range;

use crate::{audio::SPEECH_RATE, transcribe::level::pieces};

/// A piece of the recording, in samples.
pub(super) type Window = Range<usize>;

/// Longest window in seconds: a little less than what Whisper was trained with.
const LONGEST: f64 = 28.0;
/// Seconds of silence within a window: it is heard as well as a text with pauses, and costs as much as speech.
const PAUSE: f64 = 2.0;
/// Seconds of a window from which on a shorter pause ends it: there the language may change.
const ENOUGH: f64 = 8.0;
const SHORT_PAUSE: f64 = 0.7;
/// Seconds at the end of a window in which the quietest moment is looked for, to cut speech without a pause.
const SEARCH: f64 = 8.0;

/// Stretches of speech, each with a margin of so many seconds -> windows in order, which do not overlap.
pub(super) fn cut(speech: &[Range<usize>], samples: &[f32], margin: f64) -> Vec<Window> {
    let (longest, margin) = (places(LONGEST), places(margin));
    let mut windows: Vec<Window> = Vec::new();
    let mut ended = 0;
    for stretch in speech {
        let before = ended;
        let start = stretch.start.saturating_sub(margin).max(before);
        let end = (stretch.end + margin).min(samples.len());
        ended = end.max(before);
        if let Some(last) = windows.last_mut() {
            let pause = stretch.start.saturating_sub(last.end);
            let enough = last.len() >= places(ENOUGH) && pause >= places(SHORT_PAUSE);
            if pause <= places(PAUSE) && !enough && end.saturating_sub(last.start) <= longest {
                last.end = ended;
                continue;
            }
        }
        if start < ended {
            windows.extend(pieces(samples, start..ended, longest, places(SEARCH)));
        }
    }
    windows
}

fn places(seconds: f64) -> usize {
    (seconds * f64::from(SPEECH_RATE)) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stretch(from: f64, to: f64) -> Range<usize> {
        places(from)..places(to)
    }

    #[test]
    fn pauses_part_windows_when_they_are_long_or_enough_was_said() {
        let samples = vec![0.0; places(60.0)];
        let speech = [
            stretch(1.0, 2.0),
            stretch(3.5, 5.0),
            stretch(9.0, 18.0),
            stretch(20.0, 21.0),
            stretch(22.0, 23.0),
        ];
        let found = cut(&speech, &samples, 0.3);
        let expected = [stretch(0.7, 5.3), stretch(8.7, 18.3), stretch(19.7, 23.3)];
        assert_eq!(found, expected);
    }

    #[test]
    fn speech_without_a_pause_is_cut() {
        let samples = vec![0.1; places(100.0)];
        let found = cut(&[stretch(0.0, 100.0)], &samples, 0.3);
        assert!(found.iter().all(|window| window.len() <= places(LONGEST)));
        assert!(found.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!(found.last().unwrap().end, samples.len());
    }

    proptest! {
        #[test]
        fn all_speech_lies_in_windows_that_do_not_overlap(
            lengths in prop::collection::vec((0_usize..40_000, 1_usize..900_000), 0..12),
        ) {
            let mut at = 0;
            let speech: Vec<_> = lengths.iter().map(|(pause, length)| {
                let start = at + pause;
                at = start + length;
                start..at
            }).collect();
            let samples = vec![0.0; at];
            let found = cut(&speech, &samples, 0.3);
            prop_assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
            prop_assert!(found.iter().all(|window| !window.is_empty() && window.len() <= places(LONGEST)));
            for stretch in &speech {
                let covered: usize = found.iter().map(|window| {
                    window.end.min(stretch.end).saturating_sub(window.start.max(stretch.start))
                }).sum();
                prop_assert_eq!(covered, stretch.len());
            }
        }
    }
}
