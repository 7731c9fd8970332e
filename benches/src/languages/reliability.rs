//! Whether confidence means what it says: answers by confidence in ten bins, and the expected calibration error,
//! the mean distance between confidence and accuracy over the bins, weighted by how many answers are in each.

const BINS: usize = 10;

/// Answers with their confidence.
#[derive(Debug, Clone, Default)]
pub struct Reliability {
    bins: [Bin; BINS],
}

#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    answers: usize,
    right: usize,
    confidence: f64,
}

impl Reliability {
    /// Counts an answer; `None` is one with no confidence at all.
    pub fn add(&mut self, confidence: f64, is_right: bool) {
        let bin = &mut self.bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
        bin.answers += 1;
        bin.right += usize::from(is_right);
        bin.confidence += confidence;
    }

    /// Share of right answers.
    pub fn accuracy(&self) -> f64 {
        let right: usize = self.bins.iter().map(|bin| bin.right).sum();
        right as f64 / self.answers().max(1) as f64
    }

    /// Expected calibration error.
    pub fn error(&self) -> f64 {
        let distances = self
            .bins
            .iter()
            .map(|bin| (bin.confidence - bin.right as f64).abs());
        distances.sum::<f64>() / self.answers().max(1) as f64
    }

    /// `0.55 → 0.58 (233)` for each bin that has answers: mean confidence, share of right ones, how many.
    pub fn table(&self) -> String {
        let bins = self.bins.iter().filter(|bin| bin.answers > 0);
        let cells = bins.map(|bin| {
            let answers = bin.answers as f64;
            let (said, right) = (bin.confidence / answers, bin.right as f64 / answers);
            format!("{said:.2} → {right:.2} ({})", bin.answers)
        });
        cells.collect::<Vec<_>>().join(", ")
    }

    fn answers(&self) -> usize {
        self.bins.iter().map(|bin| bin.answers).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_guesser_has_no_error_and_a_boaster_has_one() {
        let (mut fair, mut boaster) = (Reliability::default(), Reliability::default());
        for number in 0..10 {
            fair.add(0.7, number < 7);
            boaster.add(0.95, number < 5);
        }
        assert!(fair.error() < 1e-9);
        assert!((boaster.error() - 0.45).abs() < 1e-9);
        assert!((boaster.accuracy() - 0.5).abs() < 1e-9);
        assert_eq!(fair.table(), "0.70 → 0.70 (10)");
    }
}
