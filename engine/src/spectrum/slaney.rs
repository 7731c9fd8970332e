//! The mel filters of Slaney (Auditory Toolbox 1998), on a scale that is linear to 1 kHz and logarithmic above, as librosa
//! makes them.

use super::FilterBank;

impl FilterBank {
    /// So many triangles over the frequencies of a spectrum, which lie evenly from 0 to half of the sample rate. Each
    /// begins at the middle of the one before and ends at the middle of the next, which lie evenly on the scale; their
    /// areas in hertz are one.
    pub(crate) fn slaney(bands: usize, bins: usize, rate: u32) -> Self {
        let highest = f64::from(rate) / 2.0;
        let corner = |number: usize| hertz(mel(highest) * number as f64 / (bands + 1) as f64);
        let step = highest / (bins - 1) as f64;
        let triangle = |number: usize| {
            let (low, middle, high) = (corner(number), corner(number + 1), corner(number + 2));
            let weight = move |bin: usize| {
                let frequency = bin as f64 * step;
                let rising = (frequency - low) / (middle - low);
                let falling = (high - frequency) / (high - middle);
                (rising.min(falling).max(0.0) * 2.0 / (high - low)) as f32
            };
            (0..bins).map(weight)
        };
        let weights: Vec<f32> = (0..bands).flat_map(triangle).collect();
        Self::without_zeros(&weights, bins)
    }
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
