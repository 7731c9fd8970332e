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

/// Somebody sings "ah": the harmonics of a voice, shaped by a mouth (formants of an open vowel after Peterson & Barney
/// 1952), with a vibrato of 5.5 Hz that sets in late.
pub(super) fn singer(frequency: f64, seconds: f64) -> Vec<f32> {
    const FORMANTS: [(f64, f64, f64); 3] = [
        (730.0, 90.0, 1.0),
        (1_090.0, 110.0, 0.6),
        (2_440.0, 160.0, 0.25),
    ];
    // A fourteenth of an octave to each side at most.
    const VIBRATO: f64 = 0.025;
    let levels: Vec<f64> = (1..=harmonics_of(frequency, 40))
        .map(|number| {
            let harmonic = frequency * f64::from(number);
            let shaped = FORMANTS.map(|(centre, width, level)| {
                level / (1.0 + ((harmonic - centre) / width).powi(2))
            });
            shaped.iter().sum::<f64>() + 0.02 / f64::from(number)
        })
        .collect();
    let mut phase = 0.0;
    let mut samples = samples_of(seconds, |time| {
        let depth = VIBRATO * ((time - 0.2) / 0.3).clamp(0.0, 1.0);
        phase += TAU * frequency * (1.0 + depth * (TAU * 5.5 * time).sin()) / RATE;
        let numbers = levels.iter().zip(1_u32..);
        numbers
            .map(|(level, number)| level * (phase * f64::from(number)).sin())
            .sum()
    });
    fade(&mut samples, 0.07, 0.1);
    samples
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
        for note in [string(220.0, 0.5), singer(220.0, 0.5)] {
            assert_eq!(note.len(), 8_000);
            assert!(note[0].abs() < 1e-6 && note[7_999].abs() < 1e-2);
            assert!(note.iter().any(|sample| sample.abs() > 0.1));
        }
    }

    #[test]
    fn nothing_is_played_beyond_what_the_rate_can_hold() {
        assert_eq!(harmonics_of(220.0, 40), 31);
        assert_eq!(harmonics_of(3_000.0, 40), 2);
        assert_eq!(harmonics_of(100.0, 10), 10);
    }
}
