//! Several people at once, none of whom can be understood.

use super::{full_scale, mixing::speech_power};

/// The voices over one another, all equally loud, each over and over from a place of its own.
pub fn babble(voices: &[&[f32]], length: usize) -> Vec<f32> {
    let mut samples = vec![0.0; length];
    for (number, voice) in voices.iter().enumerate() {
        let power = speech_power(voice);
        if power <= 0.0 {
            continue;
        }
        let gain = (1.0 / power.sqrt()) as f32;
        let from = voice.len() * number / voices.len();
        let said = voice.iter().cycle().skip(from);
        for (sample, said) in samples.iter_mut().zip(said) {
            *sample += gain * said;
        }
    }
    full_scale(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_voices_are_as_loud_as_others_and_silent_ones_do_no_harm() {
        let loud = [1.0, -1.0].repeat(400);
        let quiet = [0.1, 0.1].repeat(400);
        let mixed = babble(&[&loud, &quiet, &[0.0; 9], &[]], 4);
        for (found, expected) in mixed.iter().zip([1.0, 0.0, 1.0, 0.0]) {
            assert!((found - expected).abs() < 1e-6, "{mixed:?}");
        }
    }
}
