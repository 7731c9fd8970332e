//! Where words really begin and end.
//!
//! The decoder's looks tell to within some tens of milliseconds where it passes from one word to the next, but the silence
//! between two words falls to either of them. Levels tell what of it is silence.

use crate::{
    audio::SPEECH_RATE,
    transcribe::{Word, level::level},
};

/// Samples of a frame: 10 ms.
const FRAME: usize = 160;
/// Level below the loudest of a word that is silence, where the word lies among louder ones: -30 dB.
const SILENT: f32 = 0.03;
/// Over the quietest of the recording, what is silence still.
const FLOOR: f32 = 2.0;
/// Frames of silence that part what sounds before from the word.
const GAP: usize = 12;
/// Frames that a sound on the far side of such a silence may have, and not be a part of the word.
const REST: usize = 10;

/// Levels of a stretch of audio.
pub(super) struct Levels {
    frames: Vec<f32>,
    floor: f32,
}

impl Levels {
    pub(super) fn of(samples: &[f32]) -> Self {
        let frames: Vec<f32> = samples.chunks(FRAME).map(level).collect();
        let mut sorted = frames.clone();
        sorted.sort_by(f32::total_cmp);
        let floor = sorted.get(sorted.len() / 10).copied().unwrap_or(0.0);
        Self { frames, floor }
    }

    /// Takes the silence before and after it off a word; times are seconds of the stretch.
    pub(super) fn settle(&self, word: &mut Word) {
        let seconds = |frame: usize| (frame * FRAME) as f64 / f64::from(SPEECH_RATE);
        let place = |time: f64| (time * f64::from(SPEECH_RATE) / FRAME as f64).round() as usize;
        let first = place(word.start).min(self.frames.len());
        let last = place(word.end).clamp(first, self.frames.len());
        let frames = &self.frames[first..last];
        let loudest = frames.iter().copied().fold(0.0, f32::max);
        let silent = (SILENT * loudest).max(FLOOR * self.floor).min(loudest);
        let sounds: Vec<bool> = frames.iter().map(|level| *level >= silent).collect();
        let begin = inset(&sounds.iter().copied());
        let end = sounds.len() - inset(&sounds.iter().rev().copied());
        if begin < end {
            word.start = word.start.max(seconds(first + begin));
            word.end = word.end.min(seconds(first + end)).max(word.start);
        }
    }
}

/// Frames before the word's own sound: silence, and what is left of the word before it.
fn inset(sounds: &(impl Iterator<Item = bool> + Clone)) -> usize {
    let count = |mut frames: usize, sound: bool| {
        frames += sounds
            .clone()
            .skip(frames)
            .take_while(|found| *found == sound)
            .count();
        frames
    };
    let silence = count(0, false);
    let rest = count(silence, true);
    let gap = count(rest, false);
    let more = sounds.clone().skip(gap).any(|sound| sound);
    if rest - silence <= REST && gap - rest >= GAP && more {
        gap
    } else {
        silence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sounds and silences of so many frames.
    fn samples(parts: &[(f32, usize)]) -> Vec<f32> {
        let frames = parts.iter().flat_map(|&(level, frames)| {
            (0..frames * FRAME).map(move |place| if place % 2 == 0 { level } else { -level })
        });
        frames.collect()
    }

    fn settled(parts: &[(f32, usize)], start: f64, end: f64) -> (f64, f64) {
        let mut word = Word {
            word: "so".into(),
            start,
            end,
            probability: 1.0,
        };
        Levels::of(&samples(parts)).settle(&mut word);
        (word.start, word.end)
    }

    fn close(found: (f64, f64), expected: (f64, f64)) {
        let distance = (found.0 - expected.0)
            .abs()
            .max((found.1 - expected.1).abs());
        assert!(distance < 0.011, "{found:?} for {expected:?}");
    }

    #[test]
    fn silence_around_a_word_is_none_of_it() {
        let parts = [(0.001, 50), (0.2, 30), (0.001, 40)];
        close(settled(&parts, 0.0, 1.2), (0.5, 0.8));
        close(settled(&parts, 0.6, 0.7), (0.6, 0.7));
    }

    #[test]
    fn the_rest_of_the_word_before_is_none_of_it_but_a_stop_within_is() {
        let parts = [(0.2, 6), (0.001, 30), (0.2, 30), (0.001, 20)];
        close(settled(&parts, 0.0, 0.86), (0.36, 0.66));
        let parts = [(0.001, 20), (0.2, 15), (0.001, 8), (0.2, 15), (0.001, 20)];
        close(settled(&parts, 0.1, 0.7), (0.2, 0.58));
        let parts = [(0.001, 20), (0.2, 20), (0.001, 40), (0.2, 20), (0.001, 20)];
        close(settled(&parts, 0.1, 1.1), (0.2, 1.0));
    }

    #[test]
    fn of_silence_nothing_is_taken() {
        close(settled(&[(0.0, 20)], 0.05, 0.15), (0.05, 0.15));
        close(settled(&[], 0.0, 1.0), (0.0, 1.0));
    }
}
