//! Confidence that means what it says.
//!
//! lingua multiplies the frequencies of n-grams as if they did not depend on each other, and divides by the sum
//! over all languages. Measured against what is right, its confidence is too low for short texts (of those with
//! 0.4, two thirds are right) and too high for long ones. Temperature scaling (Guo et al. 2017, "On Calibration of
//! Modern Neural Networks") mends both: each confidence to a power that depends on the length, then divided by
//! their sum. The powers were fitted on sentences that lingua's authors keep for tests, by least negative
//! log-likelihood; `make languages` measures the result on texts of other sources.

/// Letters of a text and the power for it; between them it goes straight over the logarithm of the length.
const POWERS: [(f64, f64); 5] = [
    (10.0, 2.3),
    (20.0, 2.6),
    (40.0, 2.3),
    (80.0, 1.6),
    (160.0, 0.6),
];

/// Chance that a text is what no statistics see: a quotation, a list of names, a language that is not known.
const SURPRISE: f64 = 0.003;

/// Turns raw confidences, likeliest first, into calibrated ones of the same order.
pub fn calibrate(confidences: &mut [f64], letters: usize) {
    let power = power(letters);
    for confidence in &mut *confidences {
        *confidence = confidence.powf(power);
    }
    let sum: f64 = confidences.iter().sum();
    if sum > 0.0 {
        for confidence in confidences {
            *confidence *= (1.0 - SURPRISE) / sum;
        }
    }
}

fn power(letters: usize) -> f64 {
    let length = (letters as f64).clamp(POWERS[0].0, POWERS[POWERS.len() - 1].0);
    for pair in POWERS.windows(2) {
        let ((shorter, first), (longer, second)) = (pair[0], pair[1]);
        if length <= longer {
            let part = (length / shorter).ln() / (longer / shorter).ln();
            return first + (second - first) * part;
        }
    }
    POWERS[POWERS.len() - 1].1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_lie_between_their_neighbours() {
        assert!((power(1) - 2.3).abs() < 1e-9);
        assert!((power(20) - 2.6).abs() < 1e-9);
        assert!((2.3..2.6).contains(&power(14)) && (1.6..2.3).contains(&power(60)));
        assert!((power(100_000) - 0.6).abs() < 1e-9);
    }

    #[test]
    fn the_order_stays_and_the_sum_leaves_room_for_a_surprise() {
        for letters in [1, 12, 50, 500] {
            let mut confidences = [0.6, 0.3, 0.1, 0.0];
            calibrate(&mut confidences, letters);
            assert!(confidences.is_sorted_by(|one, other| one >= other));
            let sum: f64 = confidences.iter().sum();
            assert!((sum - (1.0 - SURPRISE)).abs() < 1e-9, "{sum}");
        }
        let mut nothing = [0.0];
        calibrate(&mut nothing, 5);
        assert!(nothing[0].abs() < 1e-9);
    }
}
