//! A little less than the lifetime that was asked for, so that values that were made together do not all
//! expire, and get loaded again, in the same moment.

use std::time::Duration;

use crate::ports::Randomness;

/// Between nine tenths of the lifetime and the whole of it.
pub(super) fn shortened(lifetime: Duration, randomness: &dyn Randomness) -> Duration {
    let mut bytes = [0; 4];
    randomness.fill(&mut bytes);
    let share = f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX);
    lifetime.mul_f64(1.0 - 0.1 * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::SeededRandomness;

    #[test]
    fn lifetimes_differ_by_up_to_a_tenth() {
        let randomness = SeededRandomness::default();
        let whole = Duration::from_secs(100);
        let all: Vec<_> = (0..100).map(|_| shortened(whole, &randomness)).collect();
        assert!(
            all.iter()
                .all(|one| (90.0..=100.0).contains(&one.as_secs_f64()))
        );
        let (least, most) = (all.iter().min().unwrap(), all.iter().max().unwrap());
        assert!(
            most.abs_diff(*least) > Duration::from_secs(5),
            "{least:?} {most:?}"
        );
    }
}
