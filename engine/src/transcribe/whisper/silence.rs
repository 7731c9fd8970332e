//! Where nobody can be speaking: a gate by level, before any model is asked.

use crate::transcribe::level::{FRAME, level};

/// Root mean square below which a frame is inaudible: -60 dB of full scale.
const AUDIBLE: f32 = 1e-3;

/// Shortest audio in which anything can be said, in samples: 100 ms, less than any syllable.
pub(in crate::transcribe) const SHORTEST: usize = 1_600;
/// Shortest audio whose steadiness says anything, in frames: half a second.
const STEADY_FRAMES: usize = 25;
/// Loud over quiet frames below which a sound is steady: hum, hiss, a tone. Syllables and the
/// pauses between them differ by far more, even in noise.
const STEADY_RATIO: f32 = 1.4;

/// Whether nothing can have been said: the audio is too short, inaudible, or all alike.
pub(in crate::transcribe) fn is_silent(samples: &[f32]) -> bool {
    if samples.len() < SHORTEST {
        return true;
    }
    let mut levels: Vec<f32> = samples.chunks_exact(FRAME).map(level).collect();
    let rest = samples.chunks_exact(FRAME).remainder();
    if level(rest) < AUDIBLE && levels.iter().all(|level| *level < AUDIBLE) {
        return true;
    }
    levels.sort_by(f32::total_cmp);
    let percentile = |share: usize| {
        levels
            .get(levels.len() * share / 100)
            .copied()
            .unwrap_or(0.0)
    };
    levels.len() >= STEADY_FRAMES && percentile(95) < STEADY_RATIO * percentile(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_silent_and_a_click_is_not() {
        let mut samples = vec![0.0; 16_000];
        assert!(is_silent(&samples) && is_silent(&[]) && is_silent(&[0.5]));
        samples[8_000..8_320].fill(0.1);
        assert!(!is_silent(&samples));
    }

    #[test]
    fn a_steady_tone_is_no_speech() {
        let tone: Vec<f32> = (0..32_000_u16)
            .map(|i| 0.3 * (f32::from(i) * 0.17).sin())
            .collect();
        assert!(is_silent(&tone));
        let syllables: Vec<f32> = tone
            .iter()
            .enumerate()
            .map(|(i, s)| if i / 3_200 % 2 == 0 { *s } else { s * 0.1 })
            .collect();
        assert!(!is_silent(&syllables));
    }
}
