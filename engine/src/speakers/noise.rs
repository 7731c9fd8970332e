//! Takes steady noise out of a spectrogram.
//!
//! Power is subtracted that a band never falls below (Boll 1979; that pauses between words tell it is the idea of
//! Martin's minimum statistics, 2001). The network takes power without a logarithm, and noise makes all voices alike
//! to it. Where there is no noise, next to nothing is subtracted.

use super::mel::BANDS;

/// Of a band's frames, one in so many is quieter than what is taken for its noise.
const QUIETEST: usize = 10;
/// What the noise is taken times, as it is louder on average than at its quietest.
const TIMES: f32 = 2.0;

/// Subtracts from every band.
pub(super) fn subtract(frames: &mut [[f32; BANDS]]) {
    for band in 0..BANDS {
        let mut powers: Vec<f32> = frames.iter().map(|frame| frame[band]).collect();
        let place = powers.len() / QUIETEST;
        if place >= powers.len() {
            return;
        }
        let (_, noise, _) = powers.select_nth_unstable_by(place, f32::total_cmp);
        let noise = *noise * TIMES;
        for frame in &mut *frames {
            frame[band] = (frame[band] - noise).max(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_steady_goes_and_what_is_not_stays() {
        let mut frames = vec![[1.0; BANDS]; 20];
        frames[7][3] = 50.0;
        subtract(&mut frames);
        assert!((frames[7][3] - 48.0).abs() < 1e-6);
        assert!(
            frames
                .iter()
                .flatten()
                .filter(|power| **power > 0.0)
                .count()
                == 1
        );
    }

    #[test]
    fn no_frames_and_silence_are_left_alone() {
        subtract(&mut []);
        let mut frames = vec![[0.0; BANDS]; 3];
        subtract(&mut frames);
        assert_eq!(frames, [[0.0; BANDS]; 3]);
    }
}
