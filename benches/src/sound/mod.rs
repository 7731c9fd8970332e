//! Sounds without words, made the same way each time, and speech among them.
//!
//! [`noise`], [`music`] and [`babble`] -> [`mixing`] at a ratio of signal to noise. All are mono at
//! [`SPEECH_RATE`](locutor::audio::SPEECH_RATE), their loudest sample 1.

pub mod babble;
mod instruments;
pub mod mixing;
pub mod music;
pub mod noise;

use locutor::audio::SPEECH_RATE;

/// Makes so many samples of a sound.
pub type Generator = fn(usize) -> Vec<f32>;

const RATE: f64 = SPEECH_RATE as f64;

/// Makes the loudest sample 1; silence stays silent.
fn full_scale(mut samples: Vec<f32>) -> Vec<f32> {
    let loudest = samples
        .iter()
        .fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
    if loudest > 0.0 {
        for sample in &mut samples {
            *sample /= loudest;
        }
    }
    samples
}

/// Adds a sound to others from a second on, as far as there is room.
fn add(samples: &mut [f32], second: f64, sound: &[f32], level: f32) {
    let from = ((second * RATE) as usize).min(samples.len());
    for (sample, added) in samples[from..].iter_mut().zip(sound) {
        *sample += level * added;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sound_is_the_same_each_time_as_long_as_asked_for_and_at_full_scale() {
        let sounds: [Generator; 7] = [
            noise::white,
            noise::pink,
            noise::hum,
            noise::keyboard,
            music::instrumental,
            music::vocalise,
            music::unaccompanied,
        ];
        for sound in sounds {
            let samples = sound(320_001);
            assert_eq!(samples.len(), 320_001);
            assert_eq!(samples, sound(320_001));
            let loudest = samples
                .iter()
                .fold(0.0_f32, |most, one| most.max(one.abs()));
            assert!((loudest - 1.0).abs() < 1e-6, "{loudest}");
            assert!(samples.iter().all(|sample| sample.is_finite()));
        }
    }

    #[test]
    fn what_has_no_room_is_left_out() {
        let mut samples = vec![0.0; 3];
        add(&mut samples, 1.0 / RATE, &[1.0; 9], 0.5);
        assert_eq!(samples, [0.0, 0.5, 0.5]);
        add(&mut samples, 9.0, &[1.0], 1.0);
        assert_eq!(samples, [0.0, 0.5, 0.5]);
    }
}
