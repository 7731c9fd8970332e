//! Speech among noise.

/// Samples of which one power is told: 20 ms.
const FRAME: usize = 320;
/// Frames more than so many decibels below the loudest are pauses.
const PAUSE: f64 = 30.0;

/// Mean power where somebody speaks: pauses would make the same speech seem quieter (as in ITU-T P.56, the active
/// speech level, more simply).
pub fn speech_power(samples: &[f32]) -> f64 {
    let powers: Vec<f64> = samples.chunks(FRAME).map(power).collect();
    let loudest = powers.iter().copied().fold(0.0, f64::max);
    let least = loudest * ratio(-PAUSE);
    let active: Vec<f64> = powers.into_iter().filter(|one| *one >= least).collect();
    active.iter().sum::<f64>() / active.len().max(1) as f64
}

/// The speech with noise that is so many decibels quieter, as far as there is noise. Where both together are too loud
/// to be written, both are made quieter: nothing is clipped.
pub fn mix(speech: &[f32], noise: &[f32], decibels: f64) -> Vec<f32> {
    let (signal, background) = (speech_power(speech), power(noise));
    let gain = if background > 0.0 {
        (signal / (background * ratio(decibels))).sqrt() as f32
    } else {
        0.0
    };
    let mut mixed: Vec<f32> = speech.to_vec();
    for (sample, noise) in mixed.iter_mut().zip(noise) {
        *sample += gain * noise;
    }
    let loudest = mixed
        .iter()
        .fold(1.0_f32, |loudest, sample| loudest.max(sample.abs()));
    for sample in &mut mixed {
        *sample /= loudest;
    }
    mixed
}

fn power(samples: &[f32]) -> f64 {
    let sum: f64 = samples.iter().map(|one| f64::from(*one).powi(2)).sum();
    sum / samples.len().max(1) as f64
}

/// Decibels as a ratio of powers.
fn ratio(decibels: f64) -> f64 {
    10.0_f64.powf(decibels / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_as_much_quieter_as_asked_for() {
        let speech = [0.1, -0.1].repeat(8_000);
        let noise = [1.0, 1.0, -1.0, -1.0].repeat(4_000);
        for decibels in [0.0, 10.0, 20.0] {
            let mixed = mix(&speech, &noise, decibels);
            let added: Vec<f32> = mixed
                .iter()
                .zip(&speech)
                .map(|(one, two)| one - two)
                .collect();
            let found = 10.0 * (power(&speech) / power(&added)).log10();
            assert!((found - decibels).abs() < 0.01, "{found}");
        }
    }

    #[test]
    fn pauses_do_not_make_speech_quieter() {
        let said = [0.5, -0.5].repeat(1_600);
        let with_pause = [said.clone(), vec![0.0; 9_600], said.clone()].concat();
        assert!((speech_power(&said) - speech_power(&with_pause)).abs() < 1e-9);
    }

    #[test]
    fn loud_mixtures_keep_their_ratio_and_are_not_clipped() {
        let mixed = mix(&[1.0, -1.0].repeat(400), &[1.0, 1.0].repeat(400), 0.0);
        assert_eq!(mixed[..2], [1.0, 0.0]);
    }

    #[test]
    fn nothing_is_added_where_there_is_nothing() {
        assert_eq!(mix(&[0.5, 0.1], &[], 0.0), [0.5, 0.1]);
        assert_eq!(mix(&[0.5, 0.1], &[0.0, 0.0], 0.0), [0.5, 0.1]);
        assert!(mix(&[], &[1.0], 0.0).is_empty());
    }
}
