//! What a microphone hears when nobody speaks.

use std::f64::consts::TAU;

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{RATE, add, full_scale};

/// Nothing at all.
pub fn silence(length: usize) -> Vec<f32> {
    vec![0.0; length]
}

/// The same power at all frequencies, as of a bad amplifier.
pub fn white(length: usize) -> Vec<f32> {
    let mut random = StdRng::seed_from_u64(1);
    full_scale(
        (0..length)
            .map(|_| random.random_range(-1.0..1.0))
            .collect(),
    )
}

/// The same power in each octave, as of rain, wind and traffic: Voss's sum of random steps, each half as frequent as
/// the one before (Gardner 1978, "White and brown music, fractal curves and one-over-f fluctuations"), of which at most
/// one changes with each sample.
pub fn pink(length: usize) -> Vec<f32> {
    const STEPS: usize = 12;
    let mut random = StdRng::seed_from_u64(2);
    let mut steps = [0.0_f32; STEPS];
    let samples = (1..=length).map(|number| {
        let changed = number.trailing_zeros() as usize;
        if let Some(step) = steps.get_mut(changed) {
            *step = random.random_range(-1.0..1.0);
        }
        steps.iter().sum::<f32>() + random.random_range(-1.0_f32..1.0)
    });
    full_scale(samples.collect())
}

/// Mains hum of 50 Hz with its harmonics, which swells and fades, over the hiss of a fan.
pub fn hum(length: usize) -> Vec<f32> {
    const HARMONICS: [(f64, f64); 6] = [
        (1.0, 1.0),
        (2.0, 0.3),
        (3.0, 0.5),
        (5.0, 0.25),
        (7.0, 0.15),
        (12.0, 0.05),
    ];
    let mut random = StdRng::seed_from_u64(3);
    let samples = (0..length).map(|number| {
        let time = number as f64 / RATE;
        let swell = 0.75 + 0.25 * (TAU * 0.13 * time).sin();
        let tone: f64 = HARMONICS
            .iter()
            .map(|(multiple, level)| level * (TAU * 50.0 * multiple * time).sin())
            .sum();
        (swell * tone + random.random_range(-0.05_f64..0.05)) as f32
    });
    full_scale(samples.collect())
}

/// Somebody types: strokes at an uneven pace, some harder, with pauses to think.
pub fn keyboard(length: usize) -> Vec<f32> {
    let mut random = StdRng::seed_from_u64(4);
    let mut samples = vec![0.0; length];
    let mut time = 0.0;
    while time * RATE < length as f64 {
        let level = random.random_range(0.3..1.0);
        add(&mut samples, time, &stroke(&mut random), level);
        // A key makes a sound when it comes up, too.
        let up = time + random.random_range(0.05_f64..0.11);
        add(&mut samples, up, &stroke(&mut random), 0.4 * level);
        let thinks = random.random_bool(0.06);
        time += if thinks {
            random.random_range(0.6_f64..2.0)
        } else {
            random.random_range(0.08..0.28)
        };
    }
    full_scale(samples)
}

/// A knock that rings for a few hundredths of a second at one of the key's own frequencies.
fn stroke(random: &mut StdRng) -> Vec<f32> {
    let frequency = random.random_range(900.0_f64..3_200.0);
    let samples = (0..(0.05 * RATE) as usize).map(|number| {
        let time = number as f64 / RATE;
        let knock = random.random_range(-1.0_f64..1.0) * (-time / 0.003).exp();
        let ring = (TAU * frequency * time).sin() * (-time / 0.009).exp();
        (knock + 0.6 * ring) as f32
    });
    samples.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Power of the changes from sample to sample over power: 2 for white noise, near 0 for low tones.
    fn brightness(samples: &[f32]) -> f32 {
        let power: f32 = samples.iter().map(|sample| sample * sample).sum();
        let changes: f32 = samples
            .windows(2)
            .map(|two| (two[1] - two[0]).powi(2))
            .sum();
        changes / power
    }

    #[test]
    fn white_is_brighter_than_pink_and_pink_than_hum() {
        let [white, pink, hum] = [white, pink, hum].map(|noise| brightness(&noise(64_000)));
        assert!((white - 2.0).abs() < 0.1, "{white}");
        assert!(pink < 1.0 && hum < pink, "{pink} {hum}");
    }

    #[test]
    fn keys_are_silent_between_strokes() {
        let samples = keyboard(160_000);
        let quiet = samples.iter().filter(|sample| sample.abs() < 1e-3).count();
        assert!(quiet > samples.len() / 10, "{quiet}");
    }
}
