//! Against the definition, computed slowly in double precision.

use std::f64::consts::TAU;

use proptest::prelude::*;

use super::*;

const BINS: usize = FRAMING.bins();
const HOP: usize = FRAMING.hop;
const WINDOW: usize = FRAMING.window;
/// What is mirrored before the audio.
const MARGIN: usize = WINDOW / 2;

/// Overlapping triangles, wider towards high frequencies as mel filters are.
fn bank(bands: usize) -> Vec<f32> {
    let edge = |place: usize| 200.0 * (place as f32 / (bands + 1) as f32).powi(2);
    let filter = |band: usize| {
        (0..BINS).map(move |bin| {
            let rising = (bin as f32 - edge(band)) / (edge(band + 1) - edge(band));
            let falling = (edge(band + 2) - bin as f32) / (edge(band + 2) - edge(band + 1));
            0.02 * rising.min(falling).max(0.0)
        })
    };
    (0..bands).flat_map(filter).collect()
}

/// A sample of the endless padded audio; `place` counts from 200 before the audio.
fn sample(samples: &[f32], place: usize) -> f64 {
    let place = place.abs_diff(MARGIN);
    samples.get(place).map_or(0.0, |sample| f64::from(*sample))
}

fn reference(filters: &[f32], samples: &[f32], frames: usize) -> Vec<f64> {
    let mut values = Vec::new();
    for frame in 0..frames {
        let windowed: Vec<f64> = (0..WINDOW)
            .map(|place| {
                let weight = 0.5 * (1.0 - (TAU * place as f64 / WINDOW as f64).cos());
                weight * sample(samples, frame * HOP + place)
            })
            .collect();
        let power: Vec<f64> = (0..BINS)
            .map(|bin| {
                let (mut real, mut imaginary) = (0.0, 0.0);
                for (place, value) in windowed.iter().enumerate() {
                    let angle = TAU * (bin * place % WINDOW) as f64 / WINDOW as f64;
                    real += value * angle.cos();
                    imaginary -= value * angle.sin();
                }
                real * real + imaginary * imaginary
            })
            .collect();
        values.extend(filters.chunks(BINS).map(|filter| {
            let heard = filter
                .iter()
                .zip(&power)
                .map(|(weight, power)| f64::from(*weight) * power);
            heard.sum::<f64>().max(1e-10).log10()
        }));
    }
    let loudest = values.iter().copied().fold(f64::MIN, f64::max);
    values
        .iter()
        .map(|value| (value.max(loudest - 8.0) + 4.0) / 4.0)
        .collect()
}

/// Two tones that come and go, over a little noise.
fn audio(length: usize) -> Vec<f32> {
    let mut state = 1_u32;
    (0..length)
        .map(|place| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = f64::from(state) / f64::from(u32::MAX) - 0.5;
            let time = place as f64 / 16_000.0;
            let tones = (TAU * 440.0 * time).sin() + 0.3 * (TAU * 2900.0 * time).sin();
            (0.4 * tones * (TAU * 3.0 * time).sin() + 0.01 * noise) as f32
        })
        .collect()
}

#[test]
fn equals_the_definition() {
    let filters = bank(80);
    let spectrogram = Spectrogram::new(&filters, 80).unwrap();
    for (length, frames) in [(4000, 25), (4001, 40), (4000, 10), (150, 5), (1, 3), (0, 2)] {
        let samples = audio(length);
        let values = spectrogram.compute(&samples, frames);
        let expected = reference(&filters, &samples, frames);
        assert_eq!(values.len(), expected.len());
        for (place, (value, expected)) in values.iter().zip(&expected).enumerate() {
            let difference = (f64::from(*value) - expected).abs();
            assert!(
                difference < 1e-4,
                "{length} samples, {place}: {value} {expected}"
            );
        }
    }
}

#[test]
fn silence_is_the_floor_below_the_loudest() {
    let spectrogram = Spectrogram::new(&bank(80), 80).unwrap();
    assert_eq!(spectrogram.compute(&[], 1), [-1.5; 80]);
    let values = spectrogram.compute(&audio(1600), 100);
    let loudest = values.iter().copied().fold(f32::MIN, f32::max);
    assert!(
        values[20 * 80..]
            .iter()
            .all(|value| (value - (loudest - 2.0)).abs() < 1e-5)
    );
}

#[test]
fn it_may_be_shared() {
    fn shared<T: Send + Sync>() {}
    shared::<Spectrogram>();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn values_are_finite_whatever_the_samples(
        samples in prop::collection::vec(any::<f32>(), 0..1000),
        frames in 0_usize..12,
    ) {
        let values = Spectrogram::new(&bank(20), 20).unwrap().compute(&samples, frames);
        prop_assert_eq!(values.len(), frames * 20);
        prop_assert!(values.iter().all(|value| value.is_finite()));
    }
}
