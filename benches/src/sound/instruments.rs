//! Single notes and beats.

use std::f64::consts::TAU;

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::RATE;

/// Highest frequency that is played, so that nothing is folded back at 8 kHz.
const HIGHEST: f64 = 7_000.0;

/// A string that is struck: harmonics, of which the higher ones fade sooner.
pub(super) fn string(frequency: f64, seconds: f64) -> Vec<f32> {
    let harmonics = harmonics_of(frequency, 10);
    let mut samples = samples_of(seconds, |time| {
        (1..=harmonics)
            .map(|number| {
                let number = f64::from(number);
                // Stiff strings are a little out of tune with themselves.
                let stretched = frequency * number * (1.0 + 0.0004 * number * number).sqrt();
                (TAU * stretched * time).sin() * (-time * (1.0 + number)).exp() / number
            })
            .sum()
    });
    fade(&mut samples, 0.004, 0.03);
    samples
}

/// Formants of five vowels, in hertz, as men speak them (Peterson & Barney 1952, "Control methods used in a study of the
/// vowels"): "ah", "eh", "ee", "aw", "oo".
const VOWELS: [[f64; 3]; 5] = [
    [730.0, 1_090.0, 2_440.0],
    [530.0, 1_840.0, 2_480.0],
    [270.0, 2_290.0, 3_010.0],
    [570.0, 840.0, 2_410.0],
    [300.0, 870.0, 2_240.0],
];

/// A man sings, an octave below, from one vowel to the next: the harmonics of a voice that is never quite steady, shaped
/// by a mouth, with some breath and a vibrato of 5.5 Hz that sets in late. The vowels follow from the `number` of the
/// note.
pub(super) fn singer(frequency: f64, seconds: f64, number: usize) -> Vec<f32> {
    // Parts of the frequency: almost half a semitone to each side, and a tremor.
    const VIBRATO: f64 = 0.025;
    const TREMOR: f64 = 0.01;
    // Samples after which the mouth is looked at again: 10 ms.
    const STEP: usize = 160;
    let mut random = StdRng::seed_from_u64(8 + number as u64);
    let pitch = frequency / 2.0;
    let (from, to) = (VOWELS[number % 5], VOWELS[(number + 1) % 5]);
    let (mut phase, mut tremor) = (0.0, 0.0);
    let mut levels = Vec::new();
    let mut samples = samples_of(seconds, |time| {
        if ((time * RATE).round() as usize).is_multiple_of(STEP) {
            let opened = (time / seconds).powi(2);
            levels = harmonic_levels(pitch, glide(from, to, opened));
            tremor = random.random_range(-TREMOR..TREMOR);
        }
        let depth = VIBRATO * ((time - 0.2) / 0.3).clamp(0.0, 1.0);
        phase += TAU * pitch * (1.0 + depth * (TAU * 5.5 * time).sin() + tremor) / RATE;
        let numbers = levels.iter().zip(1_u32..);
        let voice: f64 = numbers
            .map(|(level, number)| level * (phase * f64::from(number)).sin())
            .sum();
        voice + random.random_range(-0.03_f64..0.03)
    });
    fade(&mut samples, 0.05, 0.08);
    samples
}

fn glide(from: [f64; 3], to: [f64; 3], part: f64) -> [f64; 3] {
    std::array::from_fn(|formant| from[formant] + part * (to[formant] - from[formant]))
}

/// How loud each harmonic of a pitch is behind these formants; a voice falls by 12 dB an octave, and what leaves the
/// mouth rises by 6.
fn harmonic_levels(pitch: f64, formants: [f64; 3]) -> Vec<f64> {
    let widths = [80.0, 100.0, 140.0];
    (1..=harmonics_of(pitch, 60))
        .map(|number| {
            let harmonic = pitch * f64::from(number);
            let resonances = formants.iter().zip(widths);
            let shaped = resonances
                .map(|(centre, width)| 1.0 / (1.0 + ((harmonic - centre) / width).powi(2)).sqrt());
            shaped.sum::<f64>() / f64::from(number)
        })
        .collect()
}

/// A bass drum: a tone that falls.
pub(super) fn bass_drum() -> Vec<f32> {
    let mut phase = 0.0;
    samples_of(0.3, |time| {
        phase += TAU * (45.0 + 110.0 * (-time / 0.04).exp()) / RATE;
        phase.sin() * (-time / 0.09).exp()
    })
}

/// A snare drum: a skin and what rattles below it.
pub(super) fn snare_drum() -> Vec<f32> {
    let mut random = StdRng::seed_from_u64(5);
    samples_of(0.2, |time| {
        let skin = (TAU * 185.0 * time).sin() * (-time / 0.04).exp();
        0.5 * skin + random.random_range(-1.0_f64..1.0) * (-time / 0.06).exp()
    })
}

/// A closed cymbal: the differences of noise, which leave out what is low.
pub(super) fn cymbal() -> Vec<f32> {
    let mut random = StdRng::seed_from_u64(6);
    let mut previous = 0.0;
    samples_of(0.08, |time| {
        let noise: f64 = random.random_range(-1.0..1.0);
        let high = noise - previous;
        previous = noise;
        high * (-time / 0.02).exp()
    })
}

fn samples_of(seconds: f64, mut wave: impl FnMut(f64) -> f64) -> Vec<f32> {
    (0..(seconds * RATE) as usize)
        .map(|number| wave(number as f64 / RATE) as f32)
        .collect()
}

fn harmonics_of(frequency: f64, most: u32) -> u32 {
    ((HIGHEST / frequency) as u32).min(most)
}

/// Rises and falls in so many seconds, so that no note begins or ends with a click.
fn fade(samples: &mut [f32], rise: f64, fall: f64) {
    let length = samples.len();
    for (number, sample) in samples.iter_mut().enumerate() {
        let since = number as f64 / RATE / rise;
        let until = (length - number) as f64 / RATE / fall;
        *sample *= since.min(until).min(1.0) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_begin_and_end_quietly() {
        for note in [string(220.0, 0.5), singer(220.0, 0.5, 0)] {
            assert_eq!(note.len(), 8_000);
            assert!(note[0].abs() < 1e-6 && note[7_999].abs() < 1e-2);
            assert!(note.iter().any(|sample| sample.abs() > 0.1));
        }
    }

    #[test]
    fn a_harmonic_in_a_formant_is_louder_than_those_beside_it() {
        let levels = harmonic_levels(100.0, VOWELS[2]);
        assert!(levels[22] > levels[17] && levels[22] > levels[26]);
        let [first, ..] = glide(VOWELS[0], VOWELS[2], 0.5);
        assert!((first - 500.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_played_beyond_what_the_rate_can_hold() {
        assert_eq!(harmonics_of(220.0, 40), 31);
        assert_eq!(harmonics_of(3_000.0, 40), 2);
        assert_eq!(harmonics_of(100.0, 10), 10);
    }
}
