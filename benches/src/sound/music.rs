//! Music of four movements, each faster than the one before: chords, bass, drums and a melody.
//!
//! A progression of chords, four beats each -> [`instruments`](super::instruments) -> one track. The melody walks up
//! and down a pentatonic scale, by a seeded draw.

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::{
    RATE, add, full_scale,
    instruments::{bass_drum, cymbal, singer, snare_drum, string},
};

/// Beats in a minute of each movement.
const TEMPOS: [f64; 4] = [66.0, 92.0, 120.0, 152.0];
/// A minor, F, C, G: the semitones above A of their three notes.
const CHORDS: [[f64; 3]; 4] = [
    [0.0, 3.0, 7.0],
    [-4.0, 0.0, 3.0],
    [3.0, 7.0, 10.0],
    [-2.0, 2.0, 5.0],
];
const PENTATONIC: [f64; 9] = [0.0, 3.0, 5.0, 7.0, 10.0, 12.0, 15.0, 17.0, 19.0];
/// Beats of one note of the melody.
const LENGTHS: [f64; 5] = [0.5, 0.5, 1.0, 1.0, 2.0];
/// Below middle C.
const A: f64 = 220.0;

/// What plays the melody: a note of a frequency and so many seconds, and how many came before.
type Instrument = fn(f64, f64, usize) -> Vec<f32>;

/// A band.
pub fn instrumental(length: usize) -> Vec<f32> {
    let lead: Instrument = |frequency, seconds, _| string(frequency, seconds);
    movements(length, |movement, beat, random| {
        accompany(movement, beat);
        melody(movement, beat, lead, 0.5, random);
    })
}

/// The same with a singer who sings no words.
pub fn vocalise(length: usize) -> Vec<f32> {
    movements(length, |movement, beat, random| {
        accompany(movement, beat);
        melody(movement, beat, singer, 0.8, random);
    })
}

/// The singer alone: what is most like speech.
pub fn unaccompanied(length: usize) -> Vec<f32> {
    movements(length, |movement, beat, random| {
        melody(movement, beat, singer, 1.0, random);
    })
}

fn movements(length: usize, play: impl Fn(&mut [f32], f64, &mut StdRng)) -> Vec<f32> {
    let mut random = StdRng::seed_from_u64(7);
    let mut samples = vec![0.0; length];
    let each = length.div_ceil(TEMPOS.len()).max(1);
    for (movement, tempo) in samples.chunks_mut(each).zip(TEMPOS) {
        play(movement, 60.0 / tempo, &mut random);
    }
    full_scale(samples)
}

fn accompany(samples: &mut [f32], beat: f64) {
    let (bass_drum, snare_drum, cymbal) = (bass_drum(), snare_drum(), cymbal());
    let beats = (samples.len() as f64 / RATE / beat).ceil() as usize;
    for number in 0..beats {
        let time = number as f64 * beat;
        let chord = CHORDS[number / 4 % CHORDS.len()];
        if number % 2 == 0 {
            for semitones in chord {
                let note = string(pitch(semitones), 2.0 * beat);
                add(samples, time, &note, 0.25);
            }
            add(samples, time, &bass_drum, 0.9);
        } else {
            add(samples, time, &snare_drum, 0.35);
        }
        let bass = string(pitch(chord[0] - 24.0), beat);
        add(samples, time, &bass, 0.6);
        add(samples, time, &cymbal, 0.1);
        add(samples, time + beat / 2.0, &cymbal, 0.15);
    }
}

fn melody(samples: &mut [f32], beat: f64, lead: Instrument, level: f32, random: &mut StdRng) {
    let end = samples.len() as f64 / RATE;
    let mut time = 4.0 * beat;
    let mut step = PENTATONIC.len() / 2;
    let mut number = 0;
    while time < end {
        let seconds = beat * LENGTHS.choose(random).copied().unwrap_or(1.0);
        step = (step + random.random_range(0..=4)).saturating_sub(2);
        step = step.min(PENTATONIC.len() - 1);
        // Now and then a rest.
        if random.random_bool(0.85) {
            let note = lead(pitch(PENTATONIC[step]), seconds, number);
            add(samples, time, &note, level);
            number += 1;
        }
        time += seconds;
    }
}

/// The frequency so many semitones above A, in equal temperament.
fn pitch(semitones: f64) -> f64 {
    A * 2.0_f64.powf(semitones / 12.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_octave_doubles_the_frequency() {
        assert!((pitch(12.0) - 440.0).abs() < 1e-9);
        assert!((pitch(-24.0) - 55.0).abs() < 1e-9);
    }

    #[test]
    fn any_length_will_do() {
        for length in [0, 1, 5, 16_000] {
            assert_eq!(vocalise(length).len(), length);
        }
    }
}
