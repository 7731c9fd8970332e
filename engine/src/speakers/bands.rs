//! The bands of a mel spectrogram: Slaney's (Auditory Toolbox 1998), linear to 1 kHz and logarithmic above.

use super::mel::{BANDS, TRANSFORM};
use crate::audio::SPEECH_RATE;

/// A triangle over neighbouring frequencies of the transform.
pub(super) struct Band {
    pub(super) first: usize,
    pub(super) weights: Vec<f32>,
}

/// The triangles, of which each begins at the middle of the one before and ends at the middle of the next. Their areas
/// in hertz are one.
pub(super) fn bands() -> Vec<Band> {
    let highest = mel(f64::from(SPEECH_RATE) / 2.0);
    let corner = |number: usize| hertz(highest * number as f64 / (BANDS + 1) as f64);
    let step = f64::from(SPEECH_RATE) / TRANSFORM as f64;
    let band = |number: usize| {
        let (low, middle, high) = (corner(number), corner(number + 1), corner(number + 2));
        let weight = |frequency: usize| {
            let frequency = frequency as f64 * step;
            let rising = (frequency - low) / (middle - low);
            let falling = (high - frequency) / (high - middle);
            (rising.min(falling).max(0.0) * 2.0 / (high - low)) as f32
        };
        let first = (low / step).ceil() as usize;
        let last = ((high / step).floor() as usize).min(TRANSFORM / 2);
        Band {
            first,
            weights: (first..=last).map(weight).collect(),
        }
    };
    (0..BANDS).map(band).collect()
}

/// Where Slaney's scale becomes logarithmic, in hertz and in mels.
const CORNER: (f64, f64) = (1000.0, 15.0);
/// Mels in which a frequency grows 6.4 times.
const SPAN: f64 = 27.0;

fn mel(hertz: f64) -> f64 {
    if hertz < CORNER.0 {
        hertz * CORNER.1 / CORNER.0
    } else {
        CORNER.1 + (hertz / CORNER.0).ln() * SPAN / 6.4_f64.ln()
    }
}

fn hertz(mel: f64) -> f64 {
    if mel < CORNER.1 {
        mel * CORNER.0 / CORNER.1
    } else {
        CORNER.0 * 6.4_f64.powf((mel - CORNER.1) / SPAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_its_own_inverse() {
        for frequency in [0.0, 300.0, 999.0, 1000.0, 4321.0, 8000.0] {
            assert!((hertz(mel(frequency)) - frequency).abs() < 1e-9);
        }
    }
}
